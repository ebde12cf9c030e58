"""OData filters over columns."""
