"""The rule-based chat model: tool calls and cited answers about photos."""
