"""What asking has taught of each model: its token field, its reasoning, its API, and what it is no longer sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from query.doctor.checks import Finding
from shared.services import Services

OTHER_FIELDS = ("temperature", "top_p", "detail", "dimensions", "stream_options")


def check_workarounds(services: Services, findings: Sequence[Finding]) -> list[Finding]:
    """Findings about every model that answered one of the checks."""
    models, settings = services.models, services.settings
    efforts = {
        models.caption_model: settings.caption_reasoning_effort or settings.reasoning_effort or "none",
        models.chat_model: settings.reasoning_effort,
        models.embedding_model: None,
    }
    return [
        replace(each, service="models", model=model)
        for model, effort in efforts.items()
        for each in _learnt(effort, models.workarounds(model), _answers(model, findings))
    ]


def _answers(model: str, findings: Sequence[Finding]) -> list[Finding]:
    """What the model said in words: an embedding has no limit, and no reasoning."""
    answers = (each for each in findings if each.model == model and each.check != "embedding")
    return [each for each in answers if each.state in {"works", "worked round"}]


def _learnt(effort: str | None, workarounds: Mapping[str, str], answers: Sequence[Finding]) -> Iterator[Finding]:
    if answers:
        yield token_field(workarounds)
        yield reasoning(effort, workarounds, sum(each.usage.reasoning for each in answers))
    if api := workarounds.get("api"):
        path = "/responses" if api == "responses" else "/chat/completions"
        yield Finding(f"asked through {path}, as it refuses the other", "worked round", check="API")
    if left_out := [each for each in OTHER_FIELDS if each in workarounds]:
        yield Finding(f"not sent, as it refuses them: {', '.join(left_out)}", "worked round", check="other fields")


def token_field(workarounds: Mapping[str, str]) -> Finding:
    """By which field the server takes the limit of an answer."""
    if workarounds.get("max_completion_tokens"):
        return Finding("max_tokens, as it refuses max_completion_tokens", "worked round", check="token field")
    if "max_completion_tokens" in workarounds:
        return Finding("none: answers have no limit", "worked round", check="token field")
    return Finding("max_completion_tokens", check="token field")


def reasoning(effort: str | None, workarounds: Mapping[str, str], tokens: int) -> Finding:
    """How much the model thinks, against what the settings ask for."""
    used = f"{tokens:,} tokens of reasoning"
    if effort is None:
        return Finding(f"{used}, as it thinks by default", check="reasoning")
    given = _follow(effort, workarounds)
    if given == effort:
        return Finding(f"{used}, with effort {effort}", check="reasoning")
    instead = f"effort {given}" if given else "the effort that the model has by default"
    return Finding(f"{used}, with {instead}, as it refuses {effort}", "worked round", check="reasoning")


def _follow(effort: str, workarounds: Mapping[str, str]) -> str:
    """The effort that is sent in place of this one; "" if none is."""
    refused: set[str] = set()
    while effort not in refused and (other := workarounds.get(f"reasoning_effort={effort}")):
        refused.add(effort)
        effort = other
    return workarounds.get("reasoning_effort", effort)
