"""What runs in the worker process: Microsoft's Python runtime and the app, driven over one socket."""
