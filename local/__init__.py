"""The cloud in miniature: stand-ins that speak the real wire protocols. Never deployed."""
