"""A search in, ranked photos out."""
