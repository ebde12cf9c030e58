"""Cities and countries of the world, packed: see README.md here for where they come from."""
