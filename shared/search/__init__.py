"""The photo index: the only package that speaks Azure AI Search."""
