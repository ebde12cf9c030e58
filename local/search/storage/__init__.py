"""What survives: documents in SQLite, one folder per index."""
