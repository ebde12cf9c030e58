"""Where each file format keeps its metadata: one module a container, each a generator of parts."""
