"""Photos out of the catalogue: a format for each module."""
