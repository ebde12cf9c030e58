"""The OpenAI wire format: requests, responses, errors and token counts."""
