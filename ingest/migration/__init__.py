"""Moves the library to another index or embedding model while it is in use: `docs/moving.md` tells the story."""
