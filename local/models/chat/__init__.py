"""Holding a conversation about photos by rules: tool calls and cited answers."""
