"""Timer triggers: when they are due, and running them on time."""
