"""Jobs: one action on many photos, a slice at a time, that survives whatever ends the worker."""
