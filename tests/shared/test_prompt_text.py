"""The door into prompts: what passes it, and that nothing passes without it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from query.chat.citations import MARKER
from shared.prompt_text import (
    HIDDEN,
    LINE_BREAK,
    STRAY_JOINER,
    TEMPLATE_MARK,
    PromptObject,
    PromptTemplate,
    PromptText,
    joined,
    own,
    prompt_counts,
    prompt_facts,
    prompt_object,
    untrusted,
    untrusted_excerpt,
    untrusted_line,
    untrusted_prose,
)

ROOT = Path(__file__).parents[2]
MARKS = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>", "<|START_OF_TURN_TOKEN|>",
    "<\uff5cUser\uff5c>", "<\uff5ctool\u2581calls\u2581begin\uff5c>", "[INST]", "[/INST]", "[TOOL_CALLS]",
    "[TOOL_RESULTS]", "[SYSTEM_PROMPT]", "[IMG]", "<<SYS>>", "<</SYS>>", "<s>", "</s>", "<bos>", "<eos>",
    "<start_of_turn>", "<end_of_turn>", "<think>", "</think>", "<tool_call>", "</tool_response>", "<BOS_TOKEN>",
)  # fmt: skip


def test_text_by_strangers_loses_marks_and_hidden_characters_and_is_cut() -> None:
    assert untrusted("a <|im_start|> b", 100) == "a   b"
    assert untrusted("a[INST]b[/inst]c</s>d<<SYS>>e<start_of_turn>f", 100) == "a b c d e f"
    assert untrusted("a\u200bb\u202ec\x1bd\U000e0041e\x00f", 100) == "abcdef"
    assert untrusted("a\tb\nc < d [e] <p>", 100) == "a\tb\nc < d [e] <p>"
    assert untrusted("x" * 50, 10) == "x" * 10
    assert untrusted("\u200b" * 200 + "abc", 10) == "abc"


@pytest.mark.parametrize("mark", MARKS)
def test_every_family_of_chat_templates_is_known(mark: str) -> None:
    assert untrusted(f"a{mark}b", 100) == untrusted(f"a{mark.lower()}b", 100) == "a b"
    assert untrusted(f"a{mark[:2]}\u200b{mark[2:]}b", 100) == "a b"


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("inner", MARKS[:8])
def test_what_is_left_of_marks_makes_no_new_one(mark: str, inner: str) -> None:
    for cut in range(1, len(mark)):
        assert mark not in untrusted(mark[:cut] + inner + mark[cut:], 200)


@pytest.mark.parametrize(
    "hidden",
    [
        "\u00ad", "\u034f", "\u061c", "\u115f", "\u17b4", "\u180e", "\u200b", "\u200e", "\u202e", "\u2060", "\u2066",
        "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\ufffb", "\x07", "\x1b", "\x9b", "\ud800", "\U0001d173", "\U000e0001",
        "\U000e0041", "\U000e01ef", "\U000e0fff", "\u200d", "\u200c",
    ],
    ids=ascii,
)  # fmt: skip
def test_nothing_that_people_cannot_see_is_told(hidden: str) -> None:
    assert untrusted(f"light{hidden}house", 100) == "lighthouse"


def test_every_character_is_cleared_alike_between_others() -> None:
    for character in map(chr, range(0x3000)):
        expected = HIDDEN.sub("", LINE_BREAK.sub("\n", character))
        if character not in "\u200c\u200d":  # joiners stay between letters
            assert untrusted(f"a{character}b", 10) == f"a{expected}b"


def test_words_that_are_written_with_joiners_keep_them() -> None:
    family, persian, sinhala = "\U0001f468\u200d\U0001f469", "\u0645\u06cc\u200c\u062e", "\u0dc1\u0dca\u200d\u0dbb"

    assert untrusted(f"{family} {persian} {sinhala}", 100) == f"{family} {persian} {sinhala}"
    assert untrusted("\u0645\u200c\u200d\u200c\u06cc \u200d", 100) == "\u0645\u06cc "


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"], ids=ascii)
def test_a_line_is_one_line_and_every_line_break_is_the_same(line_break: str) -> None:
    assert untrusted(f"a{line_break}b", 100) == "a\nb"
    assert untrusted_line(f" a{line_break} b\t", 100) == "a b"
    assert untrusted_line("ab " * 100, 5) == "ab ab"


def test_prose_cites_nothing_and_reads_the_same() -> None:
    assert untrusted_prose("see [1], [2, 3], [\u200b4] and \u30105\u2020source\u3011", 100) == (
        "see \uff3b1], \uff3b2, 3], \uff3b4] and \uff3b5\u2020source\u3011"
    )
    assert untrusted_prose("[" + " " * 300 + "1]", 400) == "\uff3b" + " " * 300 + "1]"
    assert untrusted_prose("a [note] and x[i]", 100) == "a [note] and x[i]"
    assert untrusted("IMG [1].jpg", 100) == "IMG [1].jpg"


def test_an_excerpt_shows_that_there_is_more() -> None:
    assert untrusted_excerpt("abcde", 5) == "abcde"
    assert untrusted_excerpt("abcdef", 5) == "abcd…"
    assert untrusted_excerpt("ab\u200bcde", 5) == "abcde"


@given(st.text(st.one_of(st.sampled_from("<|>[]/INSTsystem \u200b\u200d\r\n123,【】"), st.characters())))
@settings(max_examples=200, deadline=None)
def test_whatever_comes_out_is_clear_and_stays_as_it_is(text: str) -> None:
    for let_in in (untrusted, untrusted_line, untrusted_prose, untrusted_excerpt):
        result = let_in(text, 1000)

        assert not HIDDEN.search(result)
        assert not TEMPLATE_MARK.search(result)
        assert not STRAY_JOINER.search(result)
        assert len(result) <= 1000
    assert not MARKER.search(untrusted_prose(text, 1000))


@pytest.mark.parametrize("text", ["<|" * 500_000, "[" * 1_000_000, "\u200d" * 1_000_000, "[1," * 300_000])
def test_a_text_without_end_is_read_once(text: str) -> None:
    assert len(untrusted_prose(text, 1_000_000)) <= 1_000_000  # in hours, if reading it took the square of its length


# -- text of ours ----------------------------------------------------------------------------


def test_text_of_ours_is_filled_with_what_has_passed_the_door() -> None:
    assert own("[$number] is $what", number=3, what=untrusted("$gone", 9)) == "[3] is $gone"
    assert joined(own(", "), [own("a"), own(""), own("b")]) == "a, b"
    assert PromptTemplate.beside(__file__, Path(__file__).name).text.startswith('"""The door')


def test_a_template_is_never_filled_by_half() -> None:
    with pytest.raises(KeyError, match="name"):
        PromptTemplate("Hello $name").fill()


def test_objects_are_json_in_every_script_with_what_says_something() -> None:
    inner = prompt_facts(title=untrusted("Zürich 東京", 20), rating=None, tags=[], people=0, file=prompt_facts())

    assert prompt_object(photos=[inner], total=1, none=None).json() == (
        '{"photos": [{"title": "Zürich 東京", "people": 0}], "total": 1, "none": null}'
    )


def test_counts_of_texts_that_are_cut_alike_are_added_up() -> None:
    counts = prompt_counts((untrusted(text, 3), 2) for text in ("long", "lonely", "b"))

    assert json.loads(counts.json()) == {"lon": 4, "b": 2}


# -- nothing passes without it ---------------------------------------------------------------


@pytest.mark.parametrize("make", [PromptText, PromptObject])
def test_nobody_else_makes_one(make: Any) -> None:
    with pytest.raises(TypeError, match="use "):
        make("text by a stranger")


def test_the_name_of_a_field_is_no_way_in() -> None:
    with pytest.raises(AssertionError):
        prompt_object(**{"x <|im_start|>": 1})


FORGOTTEN = {
    "a message": 'message: PromptMessage = {"role": "user", "content": stranger}',
    "a formatted message": 'message: PromptMessage = {"role": "system", "content": f"{OURS} {stranger}"}',
    "a part of a message": "part = text_part(stranger)",
    "the result of a tool": 'message = tool_result(OURS, "found: " + stranger)',
    "the arguments of a call": "call = tool_call(OURS, OURS, stranger)",
    "a field of a photo": "payload = prompt_facts(title=stranger)",
    "a list": "payload = prompt_object(colors=[stranger])",
    "the name of a count": "payload = prompt_counts([(stranger, 3)])",
    "an error that echoes": 'message = own("there is no tool $name", name=stranger)',
    "an object that is no such": 'payload = prompt_object(photos=[{"title": stranger}])',
    "what has passed, and more": 'part = text_part(untrusted(stranger, 9) + stranger)',
    "a claim": "part = text_part(PromptText(stranger))",
}  # fmt: skip
SNIPPET = """
from shared.prompt_message import PromptMessage, text_part, tool_call, tool_result
from shared.prompt_text import PromptText, own, prompt_counts, prompt_facts, prompt_object, untrusted

OURS = own("text of ours")

def passes(stranger: str) -> None:
    message: PromptMessage = {"role": "user", "content": untrusted(stranger, 100)}
    payload = prompt_facts(title=untrusted(stranger, 9), colors=[untrusted(stranger, 9)], people=3)
"""


def test_the_type_checker_finds_every_way_to_forget_the_door(tmp_path: Path) -> None:
    snippet = tmp_path / "snippet.py"
    ways = enumerate(FORGOTTEN.values())
    functions = [f"\ndef way_{number}(stranger: str) -> None:\n    {line}\n" for number, line in ways]
    snippet.write_text(SNIPPET + "".join(functions), encoding="utf-8")

    options = ["--strict", "--config-file=", f"--cache-dir={tmp_path}/cache", "--no-error-summary"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(snippet)],
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        check=False,
        capture_output=True,
        text=True,
    )

    lines = snippet.read_text(encoding="utf-8").splitlines()
    faults = {lines[int(error.split(":")[1]) - 1].strip() for error in done.stdout.splitlines() if ": error:" in error}
    assert faults == set(FORGOTTEN.values()), done.stdout + done.stderr
