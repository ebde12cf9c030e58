"""The conversation: a question in, an answer that cites photos out."""
