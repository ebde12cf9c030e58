"""`/api/vocabulary`: the tags that the library agrees on, as JSON, CSV or SKOS, read and replaced."""

from typing import Literal, cast, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from catalogue.vocabulary_files import VocabularyFileFormat, read_vocabulary, write_vocabulary
from shared.access.audit import record
from shared.catalogue.in_force import catalogue, vocabulary
from shared.catalogue.questions import asked_tags, question_key
from shared.catalogue.vocabulary import Term, Vocabulary, parse_vocabulary
from shared.errors import BadRequest
from shared.services import services
from web.catalogue import DifferingNames, differing_names
from web.parameters import parse_condition, parse_flag

VocabularyFormat = Literal["json"] | VocabularyFileFormat
FORMATS = ("json", *get_args(VocabularyFileFormat))
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "skos": "application/rdf+xml",
    "turtle": "text/turtle; charset=utf-8",
}
ENDINGS = {"csv": "csv", "skos": "rdf", "turtle": "ttl"}


class VocabularyResult(DifferingNames):
    """
    A vocabulary that is in force now, or would be, and which of its tags are new, changed and gone.

    `chosen_by_model` tells one that is small enough to be told to the model, and `asks_anew` that the model is asked
    something else by it.
    """

    dry_run: bool
    terms: int
    chosen_by_model: bool
    asks_anew: bool


async def read(request: Request) -> Response:
    """The vocabulary in force, in `format`; its ETag is for `If-Match`."""
    format_ = _format(request)
    etag = services().catalogue.vocabulary.etag
    headers = {"ETag": etag} if etag else {}
    if format_ == "json":
        return JSONResponse(vocabulary().model_dump(), headers=headers)
    headers |= {"Content-Disposition": f'attachment; filename="vocabulary.{ENDINGS[format_]}"'}
    content = write_vocabulary(vocabulary(), format_, language=services().settings.caption_language)
    return Response(content, media_type=MEDIA_TYPES[format_], headers=headers)


async def replace(request: Request) -> Response:
    """
    Another vocabulary in place of the one there is, or of the version that `If-Match` names; whole or not at all.

    With `dry_run=true` it only says what that would change.
    """
    dry_run, before = parse_flag(request.query_params, "dry_run"), vocabulary()
    new = _parse(await request.body(), _format(request), services().settings.caption_language)
    store = services().catalogue.vocabulary
    if not dry_run:
        condition = parse_condition(request.headers, store.etag, "there is no vocabulary to replace")
        await store.save(new, if_match=condition)
        await record("vocabulary_changed", about="vocabulary", count=len(new.terms))
    result: VocabularyResult = {
        "dry_run": dry_run,
        "terms": len(new.terms),
        "chosen_by_model": bool(asked_tags(catalogue(), new)),
        "asks_anew": question_key(catalogue(), before) != question_key(catalogue(), new),
        **differing_names(_by_tag(before), _by_tag(new)),
    }
    return JSONResponse(result, headers={"ETag": store.etag or ""})


def _by_tag(terms: Vocabulary) -> dict[str, Term]:
    return {each.tag: each for each in terms.terms}


def _format(request: Request) -> VocabularyFormat:
    format_ = request.query_params.get("format", "json")
    if format_ not in FORMATS:
        raise BadRequest("format must be json, csv, skos or turtle", param="format")
    return cast(VocabularyFormat, format_)


def _parse(content: bytes, format_: VocabularyFormat, language: str) -> Vocabulary:
    try:
        if format_ == "json":
            return _parse_json(content)
        return read_vocabulary(content, format_, language=language)
    except ValueError as error:
        raise BadRequest(f"this is no vocabulary: {error}") from error


def _parse_json(content: bytes) -> Vocabulary:
    new = parse_vocabulary(content)
    if "terms" not in new.model_fields_set:
        raise ValueError("terms is missing; a vocabulary without any is an empty list")
    return new
