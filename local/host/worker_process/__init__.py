"""What runs in the worker process: Microsoft's Python runtime and the app, controlled over one socket."""
