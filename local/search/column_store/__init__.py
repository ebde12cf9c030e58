"""What filters, facets, sorting and vector queries read: values in numpy columns."""
