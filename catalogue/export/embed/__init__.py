"""Metadata written into files: a format for each module."""
