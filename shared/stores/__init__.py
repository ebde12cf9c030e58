"""What ingestion keeps in the storage account besides the photos themselves."""
