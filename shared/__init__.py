"""What ingestion and questions must agree on."""
