"""What outlives the process: documents in SQLite, one folder per index."""
