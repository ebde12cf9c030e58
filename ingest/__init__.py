"""A blob in, a searchable photo out."""
