"""Image analysis: measure what can be measured in an image, and describe only that."""
