"""Turns blobs into searchable photos."""
