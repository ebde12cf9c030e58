"""Stands in for Azure AI Search, on tantivy, numpy and SQLite."""
