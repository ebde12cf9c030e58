"""Azure's identity rules on one machine: tokens instead of keys, and roles that say who may do what."""
