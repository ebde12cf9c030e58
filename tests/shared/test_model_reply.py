"""A reply put together from whatever pieces servers send."""

import itertools
from typing import Any

import pytest
from hypothesis import given, strategies as st

from shared.model_reply import ModelReply, StreamedReply, ThinkingFilter, TokenUsage, ToolCall, reasoning_text


def test_usage_adds_up() -> None:
    usage = TokenUsage(3, 4, 1, 2, 1) + TokenUsage(10, 20, 5, 3, 6)

    assert usage == TokenUsage(13, 24, 6, 5, 7)
    assert usage.total == 37


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        ({}, ""),
        ({"reasoning": None}, ""),
        ({"reasoning": "b"}, "b"),
        ({"reasoning_content": "a", "reasoning": "b"}, "a"),
        ({"reasoning_content": "", "reasoning": "b"}, "b"),
    ],
)
def test_reasoning_is_read_from_either_field(extra: Any, text: str) -> None:
    assert reasoning_text(extra) == text


# -- thinking -----------------------------------------------------------------------------


def filtered(*pieces: str) -> str:
    thinking = ThinkingFilter()
    return "".join(thinking.feed(piece) for piece in pieces) + thinking.rest()


CASES = [
    ("Hello", "Hello"),
    ("  Hello", "  Hello"),
    ("<think>hm</think>Hello", "Hello"),
    ("  \n<think>hm</think>\n\n Hello ", "Hello "),
    ("<think></think>Hello", "Hello"),
    ("<think>hm", ""),
    ("<think>hm</thin", ""),
    ("<think>hm</think>", ""),
    ("<think>hm</think>  ", ""),
    ("<think>a</think>b<think>c</think>", "b<think>c</think>"),
    ("<thinker> is a statue", "<thinker> is a statue"),
    ("<thi", "<thi"),
    ("a <think> b", "a <think> b"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_thinking_is_left_out_however_it_is_cut(text: str, answer: str) -> None:
    assert filtered(text) == answer
    assert filtered(*text) == answer
    for cut in range(len(text)):
        assert filtered(text[:cut], text[cut:]) == answer


@given(st.text(alphabet="<think>/ a", max_size=40), st.lists(st.integers(0, 40), max_size=4))
def test_where_a_text_is_cut_changes_nothing(text: str, cuts: list[int]) -> None:
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(borders)]

    assert filtered(*pieces) == filtered(text)


def test_an_answer_comes_at_once() -> None:
    thinking = ThinkingFilter()

    assert [thinking.feed(piece) for piece in ("<think>", "hm", "</think>", " ", "Hi", " you")] == [
        "", "", "", "", "Hi", " you",
    ]  # fmt: skip


# -- streamed replies ---------------------------------------------------------------------


def fragment(index: int | None = 0, id_: str | None = None, name: str | None = None, arguments: Any = None) -> Any:
    return {"index": index, "id": id_, "function": {"name": name, "arguments": arguments}}


def choice(*fragments: Any, finish: str | None = None, refusal: str | None = None, **extra: str) -> Any:
    return {"finish_reason": finish, "delta": {"refusal": refusal, "tool_calls": list(fragments) or None, **extra}}


def calls(*choices: Any) -> tuple[ToolCall, ...]:
    reply = StreamedReply()
    for each in choices:
        reply.add(each)
    return reply.reply().tool_calls


def test_nothing_is_an_empty_reply() -> None:
    assert StreamedReply().reply() == ModelReply("", "stop", "", (), TokenUsage())


def test_reason_refusal_and_reasoning_are_gathered() -> None:
    reply = StreamedReply(text="Hi", usage=TokenUsage(1, 2))
    for each in (choice(refusal="I w", reasoning="h"), choice(refusal="on't", reasoning="m"), choice(finish="length")):
        reply.add(each)
    reply.add(choice())

    assert reply.reply() == ModelReply("Hi", "length", "I won't", (), TokenUsage(1, 2))
    assert reply.reasoning == "hm"


def test_fragments_belong_together_by_index() -> None:
    tool_calls = calls(
        choice(fragment(0, "a", "one", '{"x"')),
        choice(fragment(1, "b", "two", "{}")),
        choice(fragment(0, None, None, ": 1}")),
    )

    assert tool_calls == (ToolCall("a", "one", '{"x": 1}'), ToolCall("b", "two", "{}"))


def test_a_new_id_under_the_same_index_is_a_new_call() -> None:
    tool_calls = calls(choice(fragment(0, "a", "one", "{}")), choice(fragment(0, "b", "two", "{}")))

    assert tool_calls == (ToolCall("a", "one", "{}"), ToolCall("b", "two", "{}"))


def test_an_id_that_is_repeated_is_the_same_call() -> None:
    tool_calls = calls(choice(fragment(0, "a", "one", "{")), choice(fragment(0, "a", None, "}")))

    assert tool_calls == (ToolCall("a", "one", "{}"),)


def test_an_id_that_comes_late_belongs_to_the_call() -> None:
    assert calls(choice(fragment(0, None, "one", "{")), choice(fragment(0, "a", None, "}"))) == (
        ToolCall("a", "one", "{}"),
    )


def test_without_index_and_id_a_fragment_belongs_to_the_last_call() -> None:
    tool_calls = calls(
        choice(fragment(None, "a", "one", "{}")),
        choice(fragment(None, "b", "two", "{")),
        choice(fragment(None, None, None, "}")),
    )

    assert tool_calls == (ToolCall("a", "one", "{}"), ToolCall("b", "two", "{}"))


def test_a_fragment_that_loses_its_index_belongs_to_the_last_call() -> None:
    fragments = [fragment(0, "a", "one", "{}"), fragment(1, "b", "two", "{"), fragment(None, None, None, "}")]

    assert calls(*(choice(each) for each in fragments)) == (ToolCall("a", "one", "{}"), ToolCall("b", "two", "{}"))


def test_calls_without_ids_are_numbered() -> None:
    tool_calls = calls(choice(fragment(0, None, "one", "{}"), fragment(1, None, "two", "{}")))

    assert [call.id for call in tool_calls] == ["call_0", "call_1"]


def test_arguments_that_are_not_text_become_json() -> None:
    assert calls(choice(fragment(0, "a", "one", {"x": 1})))[0].arguments == '{"x": 1}'


def test_a_fragment_without_a_function_only_brings_its_id() -> None:
    bare = {"index": 0, "id": "a", "function": None}

    assert calls(choice(bare)) == (ToolCall("a", "", ""),)
