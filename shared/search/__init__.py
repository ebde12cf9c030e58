"""The photo index: only this package uses the Azure AI Search SDK."""
