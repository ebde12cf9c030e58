"""Titles, tags and questions to go on with, as chat programs ask for them."""

import json

import pytest

from local.models.chat.conversation_tasks import task_answer

HISTORY = "### Chat History:\n<chat_history>\nUSER: show me dogs in the snow\nASSISTANT: Two [1].\n</chat_history>"


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ('Generate a title. JSON format: { "title": "your title" }', {"title": "Dogs Snow"}),
        ('Generate tags. JSON format: { "tags": ["tag1", "tag2"] }', {"tags": ["dogs", "snow"]}),
        (
            'Suggest follow-up questions. JSON format: { "follow_ups": ["A?"] }',
            {"follow_ups": ["Show me more photos: Dogs Snow"]},
        ),
        (
            'Predict messages. Response has a "follow_ups" key. JSON format: { "follow_ups": ["A"] }',
            {"follow_ups": ["Show me more photos: Dogs Snow"]},
        ),
    ],
)
def test_a_task_is_answered_in_the_form_it_shows(task: str, answer: dict[str, object]) -> None:
    assert json.loads(task_answer(f"### Task:\n{task}\n{HISTORY}") or "") == answer


def test_without_a_form_it_is_the_words_alone() -> None:
    assert task_answer("Provide a title.\n\nConversation:\nUser: show me dogs in the snow\nAI: Two.") == "Dogs Snow"


@pytest.mark.parametrize(
    "text", ["dogs in the snow", "the title of the photo of the crane", f"Look at this:\n{HISTORY}"]
)
def test_a_question_is_no_task(text: str) -> None:
    assert task_answer(text) is None
