"""A stand-in for Azure AI Search: its REST API on tantivy, numpy and SQLite."""
