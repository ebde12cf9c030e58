"""Semantic ranking: the request, reranked hits, verbatim captions, and answers to questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.search.errors import BadRequest, InvalidRequest
from local.search.query.highlights import sentences
from local.search.query.ranker import Judged, Wanted, is_question, judge
from local.search.query.reading import Reading
from local.search.schema.definition import Definition, SemanticConfiguration
from local.search.text.matching import marked
from local.search.text.words import strings

RERANKED = 50
# The documented token budget, at about three quarters of a word per token.
TITLE_WORDS, KEYWORD_WORDS, TOTAL_WORDS = 96, 96, 1500
PASSAGE_CHARACTERS = 160
ANSWERS = re.compile(r"(none)|(extractive)(?:\|(.*))?")
CAPTIONS = re.compile(r"(none)|(extractive)(?:\|highlight-(true|false))?")


@dataclass(frozen=True)
class SemanticRequest:
    """What semantic ranking is asked for; `answers` is how many at most, None for none."""

    configuration: SemanticConfiguration
    text: str
    captions: bool
    highlighted: bool
    answers: int | None
    threshold: float

    @cached_property
    def wanted(self) -> Wanted:
        return Wanted.of(self.text)


@dataclass(frozen=True)
class Digest:
    """What the ranker reads of one document: title and keywords whole, the content in passages."""

    title: str
    keywords: str
    passages: tuple[str, ...]

    @property
    def whole(self) -> str:
        return " ".join((self.title, self.keywords, *self.passages))


def parse_semantics(read: Reading, definition: Definition, *, enabled: bool) -> SemanticRequest | None:
    """Read the semantic part of a request; None when none is asked for, or there is nothing to rank by."""
    asked = read.raw.get("queryType") == "semantic" or read.raw.get("semanticQuery") is not None
    read.one_of("semanticErrorHandling", ("partial", "fail"))
    read.whole("semanticMaxWaitInMilliseconds", 700, 2**31 - 1)
    answers, threshold = parse_answers(read.text("answers"))
    captions, highlighted = parse_captions(read.text("captions"))
    if not asked:
        refuse_stray(read)
        return None
    if not enabled:
        raise BadRequest.parameter("Semantic search is not enabled for this service.", "queryType")
    if read.raw.get("orderby"):
        raise BadRequest.parameter("'orderby' cannot be combined with semantic ranking.", "orderby")
    configuration = choose(read.text("semanticConfiguration"), definition)
    text = (read.text("semanticQuery") or read.text("search") or "").strip()
    if text in ("", "*"):
        return None
    return SemanticRequest(configuration, text, captions, highlighted, answers, threshold)


def refuse_stray(read: Reading) -> None:
    """Captions, answers and a configuration mean nothing without semantic ranking."""
    for name in ("answers", "captions", "semanticConfiguration"):
        if read.raw.get(name) not in (None, "none"):
            raise BadRequest.parameter(f"'{name}' can only be used with queryType 'semantic'.", name)


def choose(name: str | None, definition: Definition) -> SemanticConfiguration:
    name = name or definition.default_semantics
    if name is None:
        raise InvalidRequest(
            "The 'semanticConfiguration' parameter must be set, since the index has no default.\r\n"
            "Parameter name: semanticConfiguration"
        )
    if name not in definition.semantics:
        raise InvalidRequest(
            f"Unknown semantic configuration '{name}'.\r\nParameter name: semanticConfiguration",
            detail_code="UnknownSemanticConfiguration",
        )
    return definition.semantics[name]


def parse_answers(text: str | None) -> tuple[int | None, float]:
    """Read `extractive|count-3,threshold-0.7`."""
    match = ANSWERS.fullmatch(text or "none")
    if not match:
        raise BadRequest.parameter(f"'{text}' is not a valid value for answers.", "answers")
    count, threshold = 1, 0.7
    for option in (match[3] or "").split(",") if match[3] is not None else ():
        name, _, value = option.partition("-")
        if name == "count" and re.fullmatch(r"[1-9]|10", value):
            count = int(value)
        elif name == "threshold" and re.fullmatch(r"0(\.\d{1,9})?|1(\.0{1,9})?", value):
            threshold = float(value)
        elif not (name == "maxcharlength" and re.fullmatch(r"\d{1,6}", value)):
            raise BadRequest.parameter(f"'{text}' is not a valid value for answers.", "answers")
    return (count if match[2] else None), threshold


def parse_captions(text: str | None) -> tuple[bool, bool]:
    """Read `extractive|highlight-false`: whether captions are wanted, and marked."""
    match = CAPTIONS.fullmatch(text or "none")
    if not match:
        raise BadRequest.parameter(f"'{text}' is not a valid value for captions.", "captions")
    return bool(match[2]), match[3] != "false"


def read_document(document: Mapping[str, Any], configuration: SemanticConfiguration) -> Digest:
    """Take the fields of a configuration within the token budget, content cut at sentences."""
    title = first_words(texts(document, (configuration.title,) if configuration.title else ()), TITLE_WORDS)
    keywords = first_words(texts(document, configuration.keywords), KEYWORD_WORDS)
    passages, left = [], TOTAL_WORDS
    for text in texts(document, configuration.content):
        for start, end in sentences(text, PASSAGE_CHARACTERS):
            passage = limited(text[start:end].strip(), left)
            left -= len(passage.split())
            if passage:
                passages.append(passage)
    return Digest(title, keywords, tuple(passages) or tuple(filter(None, (title,))))


def texts(document: Mapping[str, Any], paths: Iterable[str]) -> list[str]:
    return [text for path in paths for text in strings(document, path.split("/"))]


def first_words(parts: Sequence[str], limit: int) -> str:
    return " ".join(" ".join(parts).split()[:limit])


def limited(text: str, words: int) -> str:
    """Cut a text after so many words, but keep it verbatim up to there (at most 199 words)."""
    starts = [match.end() for match in re.finditer(r"\S+", text)]
    most = max(0, min(words, 199))
    return text if len(starts) <= most else text[: starts[most - 1]] if most else ""


def best_passage(passages: Sequence[str], wanted: Wanted) -> str:
    """Return the passage with most of the query's words, the first where they are equal."""
    if len(passages) < 2:
        return passages[0] if passages else ""
    return max(passages, key=lambda passage: len(wanted.said(passage)))


@dataclass(frozen=True)
class Reranked:
    """A judged document: its position in the list that was reranked, and the passage that speaks for it."""

    position: int
    judged: Judged
    passage: str


def rerank(request: SemanticRequest, documents: Sequence[Mapping[str, Any]]) -> list[Reranked]:
    """Judge documents (best first by the first ranking) and return them best first."""
    readings = [read_document(document, request.configuration) for document in documents]
    passages = [best_passage(reading.passages, request.wanted) for reading in readings]
    titled = [f"{one.title} {passage}".strip() for one, passage in zip(readings, passages, strict=True)]
    judged = judge(request.text, request.wanted, [reading.whole for reading in readings], titled)
    found = [Reranked(number, one, passages[number]) for number, one in enumerate(judged)]
    return sorted(found, key=lambda one: (-one.judged.score, one.position))


def highlighted(passage: str, request: SemanticRequest, before: str, after: str) -> str:
    """Mark the query's words in a passage; nothing to mark gives an empty text, as in the service."""
    spans = request.wanted.spans(passage) if request.highlighted else []
    return marked(passage, spans, before, after) if spans else ""


def captions(one: Reranked, request: SemanticRequest, before: str, after: str) -> list[dict[str, str]] | None:
    """The passage that speaks for a document; None where no captions are asked for."""
    if not request.captions:
        return None
    if not one.passage:
        return []
    return [{"text": one.passage, "highlights": highlighted(one.passage, request, before, after)}]


def answers(
    request: SemanticRequest, ranked: Sequence[Reranked], keys: Sequence[str], before: str, after: str
) -> list[dict[str, Any]]:
    """Answer a question with the passages that are good enough; `keys` are the documents' keys by position."""
    if not is_question(request.text):
        return []
    good = [one for one in ranked if one.passage and one.judged.share >= request.threshold]
    return [
        {
            "key": keys[one.position],
            "text": one.passage,
            "highlights": highlighted(one.passage, request, before, after),
            "score": round(one.judged.share, 4),
        }
        for one in good[: request.answers or 0]
    ]
