"""Blob triggers: find new blobs, queue one message for each, and run functions on them."""
