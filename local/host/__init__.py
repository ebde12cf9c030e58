"""Stands in for the Azure Functions host, around the Python worker library Microsoft ships."""
