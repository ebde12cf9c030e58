"""Stands in for Azure OpenAI: real embeddings, real image analysis and a rule-based chat model."""
