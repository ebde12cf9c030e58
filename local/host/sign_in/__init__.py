"""App Service authentication on one machine: who signs in is chosen from a file, and nobody is asked for a password."""
