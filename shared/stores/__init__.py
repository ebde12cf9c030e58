"""What ingestion keeps in the storage account besides photos: tickets, failures, spending and descriptions."""
