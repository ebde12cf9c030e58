"""Stand-ins for the cloud services on one machine, speaking the real wire protocols. Never deployed."""
