"""Reasoning: tokens that are used before the answer, and what there is to read of them."""

from dataclasses import replace

from local.models.api.requests import ChatCompletionRequest
from local.models.api.responses import ModelOutput
from local.models.personalities.personality import Personality

THOUGHTS = "The question is about the photos. First what is asked for, then what was found."


def leave_room_for_reasoning(request: ChatCompletionRequest, tokens: int) -> bool:
    """Take the reasoning from the request's limit; False if it leaves nothing for an answer."""
    limit = request.max_output_tokens()
    if limit is None or not tokens:
        return True
    request.max_tokens, request.max_completion_tokens = None, max(1, limit - tokens)
    return limit > tokens


def used_up_output(personality: Personality) -> ModelOutput:
    """What is left to say when reasoning took all: nothing."""
    return with_thoughts(ModelOutput(text="", finish_reason="length"), personality, is_complete=False)


def with_thoughts(output: ModelOutput, personality: Personality, *, is_complete: bool = True) -> ModelOutput:
    """The output with the thoughts where this family shows them."""
    if personality.thoughts == "think":
        ending = "</think>\n\n" if is_complete else ""
        return replace(output, text=f"<think>\n{THOUGHTS}\n{ending}{output.text or ''}")
    if personality.thoughts == "reasoning":
        return replace(output, reasoning=THOUGHTS, reasoning_field="reasoning")
    if personality.thoughts == "reasoning_content":
        return replace(output, reasoning=THOUGHTS)
    return output
