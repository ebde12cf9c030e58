"""Semantic ranking: the request, reranked documents, verbatim captions, and answers to questions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.search.errors import BadRequestError, InvalidParameterError
from local.search.payload import PayloadReader
from local.search.query.highlights import sentences
from local.search.query.semantic_ranker import QueryTerms, RelevanceScore, is_question, score_candidates
from local.search.schema.definition import IndexDefinition
from local.search.schema.semantic import SemanticConfiguration
from local.search.text.spans import wrap_spans
from local.search.text.text_index import texts_at

RERANK_DEPTH = 50
# The documented token budget, at about three quarters of a word per token.
TITLE_WORDS, KEYWORD_WORDS, TOTAL_WORDS = 96, 96, 1500
MAX_PASSAGE_WORDS = 199
MIN_PASSAGE_CHARACTERS = 160
ANSWERS = re.compile(r"(none)|(extractive)(?:\|(.*))?")
CAPTIONS = re.compile(r"(none)|(extractive)(?:\|highlight-(true|false))?")


@dataclass(frozen=True)
class SemanticRequest:
    """What the request says about semantic ranking; `answers` is how many at most, None for none."""

    configuration: SemanticConfiguration
    text: str
    captions: bool
    highlight_captions: bool
    answers: int | None
    threshold: float

    @cached_property
    def query_terms(self) -> QueryTerms:
        return QueryTerms.of(self.text)


@dataclass(frozen=True)
class RankerInput:
    """What the ranker reads of one document: title and keywords whole, the content in passages."""

    title: str
    keywords: str
    passages: tuple[str, ...]

    @property
    def full_text(self) -> str:
        return " ".join((self.title, self.keywords, *self.passages))


@dataclass(frozen=True)
class RerankedDocument:
    """A document with its relevance, its position in the list that was reranked, and its best passage."""

    position: int
    relevance: RelevanceScore
    passage: str


def parse_semantic_request(
    payload: PayloadReader, definition: IndexDefinition, *, enabled: bool
) -> SemanticRequest | None:
    """Read the semantic part of a request; None when there isn't one, or nothing to rank by."""
    requested = payload.raw.get("queryType") == "semantic" or payload.raw.get("semanticQuery") is not None
    payload.choice("semanticErrorHandling", ("partial", "fail"))
    payload.integer("semanticMaxWaitInMilliseconds", 700, 2**31 - 1)
    answer_count, threshold = parse_answers(payload.string("answers"))
    with_captions, highlight_captions = parse_captions(payload.string("captions"))
    if not requested:
        refuse_semantic_parameters(payload)
        return None
    if not enabled:
        raise BadRequestError.for_parameter("Semantic search is not enabled for this service.", "queryType")
    if payload.raw.get("orderby"):
        raise BadRequestError.for_parameter("'orderby' cannot be combined with semantic ranking.", "orderby")
    configuration = find_configuration(payload.string("semanticConfiguration"), definition)
    text = (payload.string("semanticQuery") or payload.string("search") or "").strip()
    if text in ("", "*"):
        return None
    return SemanticRequest(configuration, text, with_captions, highlight_captions, answer_count, threshold)


def refuse_semantic_parameters(payload: PayloadReader) -> None:
    """Captions, answers and a configuration mean nothing without semantic ranking."""
    for name in ("answers", "captions", "semanticConfiguration"):
        if payload.raw.get(name) not in (None, "none"):
            raise BadRequestError.for_parameter(f"'{name}' can only be used with queryType 'semantic'.", name)


def find_configuration(name: str | None, definition: IndexDefinition) -> SemanticConfiguration:
    """Return the configuration of that name, or the default one."""
    configuration_name = name or definition.default_semantic_configuration
    if configuration_name is None:
        raise InvalidParameterError(
            "The 'semanticConfiguration' parameter must be set, since the index has no default.\r\n"
            "Parameter name: semanticConfiguration"
        )
    if configuration_name not in definition.semantic_configurations:
        raise InvalidParameterError(
            f"Unknown semantic configuration '{configuration_name}'.\r\nParameter name: semanticConfiguration",
            detail_code="UnknownSemanticConfiguration",
        )
    return definition.semantic_configurations[configuration_name]


def parse_answers(text: str | None) -> tuple[int | None, float]:
    """Read `extractive|count-3,threshold-0.7`: how many answers, None for none, and from which score on."""
    match = ANSWERS.fullmatch(text or "none")
    if not match:
        raise BadRequestError.for_parameter(f"'{text}' is not a valid value for answers.", "answers")
    count, threshold = 1, 0.7
    for option in (match[3] or "").split(",") if match[3] is not None else ():
        name, _, value = option.partition("-")
        if name == "count" and re.fullmatch(r"[1-9]|10", value):
            count = int(value)
        elif name == "threshold" and re.fullmatch(r"0(\.\d{1,9})?|1(\.0{1,9})?", value):
            threshold = float(value)
        elif not (name == "maxcharlength" and re.fullmatch(r"\d{1,6}", value)):
            raise BadRequestError.for_parameter(f"'{text}' is not a valid value for answers.", "answers")
    return (count if match[2] else None), threshold


def parse_captions(text: str | None) -> tuple[bool, bool]:
    """Read `extractive|highlight-false`: whether to return captions, and whether to highlight them."""
    match = CAPTIONS.fullmatch(text or "none")
    if not match:
        raise BadRequestError.for_parameter(f"'{text}' is not a valid value for captions.", "captions")
    return bool(match[2]), match[3] != "false"


def ranker_input(document: Mapping[str, Any], configuration: SemanticConfiguration) -> RankerInput:
    """Take the fields of a configuration within the token budget, content cut at sentences."""
    title_paths = (configuration.title,) if configuration.title else ()
    title = first_words(field_texts(document, title_paths), TITLE_WORDS)
    keywords = first_words(field_texts(document, configuration.keywords), KEYWORD_WORDS)
    passages, words_left = [], TOTAL_WORDS
    for text in field_texts(document, configuration.content):
        for start, end in sentences(text, MIN_PASSAGE_CHARACTERS):
            passage = truncate(text[start:end].strip(), words_left)
            words_left -= len(passage.split())
            if passage:
                passages.append(passage)
    return RankerInput(title, keywords, tuple(passages) or tuple(filter(None, (title,))))


def field_texts(document: Mapping[str, Any], paths: Iterable[str]) -> list[str]:
    return [text for path in paths for text in texts_at(document, path)]


def first_words(texts: Sequence[str], limit: int) -> str:
    return " ".join(" ".join(texts).split()[:limit])


def truncate(text: str, words: int) -> str:
    """Cut a text after so many words, or after the longest passage, but keep it verbatim up to there."""
    limit = max(0, min(words, MAX_PASSAGE_WORDS))
    if len(text) < 2 * limit:  # each word but the last has a blank after it
        return text
    word_ends = [match.end() for match in re.finditer(r"\S+", text)]
    return text if len(word_ends) <= limit else text[: word_ends[limit - 1]] if limit else ""


def best_passage(passages: Sequence[str], query_terms: QueryTerms) -> str:
    """Return the passage with most of the query's words, the first of those where several have as many."""
    if len(passages) < 2:
        return passages[0] if passages else ""
    return max(passages, key=lambda passage: len(query_terms.found_in(passage)))


def rerank(
    request: SemanticRequest, documents: Sequence[Mapping[str, Any]], similarities: Sequence[float | None] = ()
) -> list[RerankedDocument]:
    """Score documents, given best first by the first ranking and with its similarities, and return them best first."""
    inputs = [ranker_input(document, request.configuration) for document in documents]
    passages = [best_passage(one.passages, request.query_terms) for one in inputs]
    titled_passages = [f"{one.title} {passage}".strip() for one, passage in zip(inputs, passages, strict=True)]
    full_texts = [one.full_text for one in inputs]
    relevances = score_candidates(request.text, request.query_terms, full_texts, titled_passages, similarities)
    reranked = [
        RerankedDocument(position, relevance, passages[position]) for position, relevance in enumerate(relevances)
    ]
    return sorted(reranked, key=lambda document: (-document.relevance.score, document.position))


def highlight_passage(passage: str, request: SemanticRequest, before: str, after: str) -> str:
    """Highlight the query's words in a passage; without any the text is empty, as in the service."""
    spans = request.query_terms.spans(passage) if request.highlight_captions else []
    return wrap_spans(passage, spans, before, after) if spans else ""


def captions(
    document: RerankedDocument, request: SemanticRequest, before: str, after: str
) -> list[dict[str, str]] | None:
    """Return the best passage of a document; None where captions were not requested."""
    if not request.captions:
        return None
    if not document.passage:
        return []
    highlighted = highlight_passage(document.passage, request, before, after)
    return [{"text": document.passage, "highlights": highlighted}]


def answers(
    request: SemanticRequest, reranked: Sequence[RerankedDocument], keys: Sequence[str], before: str, after: str
) -> list[dict[str, Any]]:
    """Answer a question with the passages that score high enough; `keys` are the documents' keys by position."""
    if not is_question(request.text):
        return []
    relevant = [document for document in reranked if document.passage and document.relevance.share >= request.threshold]
    return [
        {
            "key": keys[document.position],
            "text": document.passage,
            "highlights": highlight_passage(document.passage, request, before, after),
            "score": round(document.relevance.share, 4),
        }
        for document in relevant[: request.answers or 0]
    ]
