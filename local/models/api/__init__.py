"""The OpenAI wire format: what a request may say and how an answer looks."""
