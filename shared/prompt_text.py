"""
The one door into prompts: whatever a model reads is a PromptText, and only this module makes one.

Text is either the app's own, written in its source (`own`, `PromptTemplate`), or by somebody else, and then it is
cleared and cut (`untrusted` and its kin). A `str` is not a PromptText, and neither is what
joining, cutting or formatting one gives; so the type checker finds what was forgotten.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, Never

# Control characters, surrogates, and what Unicode says is drawn as nothing (Default_Ignorable_Code_Point in
# DerivedCoreProperties.txt): they hide words from people which models read. Joiners are below; tab and line feed stay.
HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Persian, the scripts of India and emoji write words with joiners, one at a time between two characters.
STRAY_JOINER = re.compile(r"(?<![^\x00-\x7f\s\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\s\u200c\u200d])")
LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# What models' chat templates are made of: Llama, Mistral, Gemma, Qwen, DeepSeek, Command, ChatML. A space takes its
# place, and none holds a space, so what is left cannot make a mark again.
TEMPLATE_MARK = re.compile(
    r"""
      <[|\uff5c] [^|\uff5c>\s]{0,60} [|\uff5c]>
    | \[ /? (?: INST | SYS | AVAILABLE_TOOLS | TOOL_CALLS | TOOL_RESULTS | TOOL_CONTENT | SYSTEM_PROMPT
              | IMG | IMG_BREAK | IMG_END | THINK | ARGS | CALL_ID ) \]
    | << /? SYS >>
    | < /? (?: s | bos | eos | pad | unk | think | tool_call | tool_calls | tool_response | tools | function_calls
             | start_of_turn | end_of_turn | start_of_image | end_of_image | [A-Z_]{1,40}_TOKEN ) >
    """,
    re.VERBOSE | re.IGNORECASE,
)


# What cites a photo in an answer (query/chat/citations.py). It still reads the same with this bracket.
CITATION = re.compile(r"\[(?=\s*\d)|\u3010")
NO_CITATION = "\uff3b"


class PromptText(str):
    """Text that may enter a prompt. Only the functions of this module make one."""

    __slots__ = ()

    def __new__(cls, _nobody_calls_this: Never) -> "PromptText":
        raise TypeError("use own() for text of ours, and untrusted() for all other")


def _admit(text: str) -> PromptText:
    return str.__new__(PromptText, text)


NOTHING = _admit("")


class PromptTemplate:
    """Text of the app's own with `$names`, which refuses to be filled by half."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def beside(cls, module: str, name: str) -> "PromptTemplate":
        """The template in a file that lies beside a module, given by its `__file__`."""
        return cls(Path(module).with_name(name).read_text(encoding="utf-8"))

    def fill(self, **values: PromptText | int) -> PromptText:
        """The text with these values in the places of their names."""
        return _admit(Template(self.text).substitute(values))


def own(text: str, **values: PromptText | int) -> PromptText:
    """Text of the app's own, which must stand there word for word; `values` take the places of `$names` in it."""
    return PromptTemplate(text).fill(**values)


def untrusted(text: str, max_length: int) -> PromptText:
    """Text by anybody else, cleared of what could pass for more than text or hide in it, and cut to a length."""
    return _admit(_cleared(text, max_length)[:max_length])


def untrusted_line(text: str, max_length: int) -> PromptText:
    """The same in one line, for places where a new line would mean something."""
    return _admit(" ".join(_cleared(text, 2 * max_length).split())[:max_length])


def untrusted_prose(text: str, max_length: int) -> PromptText:
    """The same as `untrusted` for sentences, which a model may quote: what would be a citation there is none."""
    return _admit(_prose(text, max_length)[:max_length])


def untrusted_excerpt(text: str, max_length: int) -> PromptText:
    """The same as `untrusted_prose`, with an ellipsis at the end if there is more."""
    prose = _prose(text, max_length + 1)
    return _admit(prose if len(prose) <= max_length else prose[: max_length - 1] + "…")


def _prose(text: str, max_length: int) -> str:
    return CITATION.sub(NO_CITATION, _cleared(text, max_length))


def _cleared(text: str, max_length: int) -> str:
    # Cut first, with room for what is cleared away: the time it takes is bounded, however long the text.
    visible = text[: 8 * max_length + 1000]
    if not (visible.isascii() and visible.isprintable()):
        visible = STRAY_JOINER.sub("", HIDDEN.sub("", LINE_BREAK.sub("\n", visible)))
    return TEMPLATE_MARK.sub(" ", visible)


def joined(separator: PromptText, texts: Iterable[PromptText]) -> PromptText:
    """The texts that are not empty, with the separator between them."""
    return _admit(separator.join(text for text in texts if text))


class PromptObject:
    """An object as JSON for a prompt. Only `prompt_object` and `prompt_counts` make one."""

    _values: Mapping[str, Any]

    def __init__(self, _nobody_calls_this: Never) -> None:
        raise TypeError("use prompt_object() or prompt_counts()")

    @classmethod
    def _of(cls, values: Mapping[str, Any]) -> "PromptObject":
        made = cls.__new__(cls)
        made._values = values
        return made

    def __bool__(self) -> bool:
        return bool(self._values)

    def json(self) -> PromptText:
        """The object as JSON, with every script readable."""
        return _admit(json.dumps(self._values, ensure_ascii=False, default=lambda inner: inner._values))


PromptValue = PromptText | PromptObject | int | float | Sequence[PromptText] | Sequence[PromptObject] | None


def prompt_object(**values: PromptValue) -> PromptObject:
    """An object with these fields; their names are those of the arguments. Empty ones stay."""
    assert all(name.isidentifier() for name in values), "the name of a field is text of ours"
    return PromptObject._of(values)


def prompt_facts(**values: PromptValue) -> PromptObject:
    """The same without the fields that say nothing; 0 says something."""
    return prompt_object(**{name: value for name, value in values.items() if value or value == 0})


def prompt_counts(counts: Iterable[tuple[PromptText, int]]) -> PromptObject:
    """How often each text occurs; equal ones, as cutting makes them, are added up."""
    totals: dict[str, int] = {}
    for text, count in counts:
        totals[text] = totals.get(text, 0) + count
    return PromptObject._of(totals)
