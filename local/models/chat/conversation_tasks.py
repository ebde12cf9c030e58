"""Small tasks about a conversation that stands in the prompt: a title, tags, questions to go on with."""

import json
import re
from typing import Any

from local.models.chat.lexicon import detect_language, tokenize
from local.models.chat.search_results import find_json_objects

QUESTION = re.compile(r"^\W*(?:user|human): *(.+)$", re.IGNORECASE | re.MULTILINE)
TASK = re.compile(r"\b(?:title|tags|follow[-_]ups?|queries)\b", re.IGNORECASE)
JSON_EXAMPLE = "JSON format:"
MAX_WORDS = 5


def task_answer(prompt: str) -> str | None:
    """What the task asks for, as JSON if the prompt shows some; None for a prompt that is no such task."""
    task, questions = QUESTION.split(prompt, maxsplit=1)[0], QUESTION.findall(prompt)
    if not questions or not TASK.search(task):
        return None
    words = _content_words(questions[0])
    title = " ".join(word.capitalize() for word in words) or questions[0][:40].strip()
    examples = list(find_json_objects(task.partition(JSON_EXAMPLE)[2]))
    if not examples:
        return title
    return json.dumps({name: _like(value, name, title, words) for name, value in examples[0].items()})


def _like(example: Any, name: str, title: str, words: list[str]) -> Any:
    if not isinstance(example, list):
        return title
    return words if "tag" in name else [f"Show me more photos: {title}"]


def _content_words(text: str) -> list[str]:
    function_words = detect_language(text, "en").function_words
    return [word for word in tokenize(text) if word not in function_words][:MAX_WORDS]
