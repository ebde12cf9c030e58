"""What ingestion and queries share: the photo, the services behind it, settings and errors."""
