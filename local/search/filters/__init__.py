"""OData filters, evaluated over columns."""
