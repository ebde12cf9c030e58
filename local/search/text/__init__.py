"""Full text: analyzers, the tantivy index and the two query languages."""
