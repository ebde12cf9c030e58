"""`/api/vocabulary`: the tags that the library agrees on, as JSON, CSV or SKOS, read and replaced."""

from typing import Literal, cast, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from catalogue.vocabulary_files import VocabularyFileFormat, read_vocabulary, write_vocabulary
from shared.access.audit import record
from shared.catalogue.in_force import catalogue, vocabulary
from shared.catalogue.questions import asked_tags
from shared.catalogue.vocabulary import Vocabulary, parse_vocabulary
from shared.errors import BadRequest, PreconditionFailed
from shared.services import services
from web.parameters import ANY_ETAG, parse_conditions

VocabularyFormat = Literal["json"] | VocabularyFileFormat
FORMATS = ("json", *get_args(VocabularyFileFormat))
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "skos": "application/rdf+xml",
    "turtle": "text/turtle; charset=utf-8",
}
ENDINGS = {"csv": "csv", "skos": "rdf", "turtle": "ttl"}


class VocabularyResult(TypedDict):
    """A vocabulary that is in force now; `chosen_by_model` tells one that is small enough to be told to the model."""

    terms: int
    chosen_by_model: bool


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
    """Another vocabulary in place of the one there is, or of the version that `If-Match` names; whole or not at all."""
    new = _parse(await request.body(), _format(request), services().settings.caption_language)
    store = services().catalogue.vocabulary
    await store.save(new, if_match=_condition(request, store.etag))
    await record("vocabulary_changed", about="vocabulary", count=len(new.terms))
    result: VocabularyResult = {"terms": len(new.terms), "chosen_by_model": bool(asked_tags(catalogue(), new))}
    return JSONResponse(result, headers={"ETag": store.etag or ""})


def _format(request: Request) -> VocabularyFormat:
    format_ = request.query_params.get("format", "json")
    if format_ not in FORMATS:
        raise BadRequest("format must be json, csv, skos or turtle", param="format")
    return cast(VocabularyFormat, format_)


def _condition(request: Request, etag: str | None) -> str | None:
    """The etag that is to be replaced; `*` is that of any vocabulary, if there is one."""
    if_match, _ = parse_conditions(request.headers)
    if if_match != ANY_ETAG:
        return if_match
    if etag is None:
        raise PreconditionFailed("there is no vocabulary to replace", param="If-Match")
    return etag


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
