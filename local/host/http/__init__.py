"""The host's HTTP side: routes, the ways a request reaches its function, and the host's own endpoints."""
