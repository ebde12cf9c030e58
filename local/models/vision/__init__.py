"""Looking at a picture: what can be measured in it, and saying only that."""
