"""The REST API: each handler reads a request, makes one call and writes the response."""
