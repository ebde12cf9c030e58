"""What filters, facets and sorting read: values in numpy columns."""
