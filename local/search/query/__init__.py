"""A search request in, ranked documents out."""
