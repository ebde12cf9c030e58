"""The three models, behind one OpenAI-compatible server, whatever it supports and refuses."""

from shared.model_reply import ModelReply, TokenUsage, ToolCall
from shared.models.client import Models, ToolsUnsupported

__all__ = ["ModelReply", "Models", "TokenUsage", "ToolCall", "ToolsUnsupported"]
