"""Stands in for Azure OpenAI: real embeddings, real text recognition, a rule-based talker."""
