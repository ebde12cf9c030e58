"""What we claim about speed and quality, and how to check it."""
