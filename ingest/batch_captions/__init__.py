"""Captions by the Batch API: which photos lack one, the file that asks for them, its order and its answers."""
