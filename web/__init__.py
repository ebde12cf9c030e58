"""HTTP in, HTTP out: the routes of the app, their parameters and responses, and the web page."""
