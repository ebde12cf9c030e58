"""Parsing the parameters of requests: query strings, paths, ids, time zones. BadRequest names the one at fault."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.blob_name import fault_in_name
from shared.catalogue.conditions import conditions
from shared.catalogue.in_force import catalogue
from shared.catalogue.values import find_field
from shared.errors import BadRequest, NotFound, PreconditionFailed
from shared.photo import is_photo_id
from shared.search.filters import Filters
from shared.search.search import Search
from shared.validation import validate

MAX_DIGITS = 20  # Python refuses to read numbers of thousands
TIME_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,3}")  # no IANA name is longer
ANY_ETAG = "*"
ETAG = re.compile(r'"[!#-~]{1,200}"|\*')
FUNCTION_KEY_PARAMETERS = {"code", "clientId"}  # a function key may travel in the query string
LIST_FILTERS = {"tag": "tags", "any_tag": "any_tag", "color": "colors"}  # parameter -> field of Filters
# Lists of names, which may have commas in them: each value has a parameter of its own.
REPEATED_FILTERS = {
    "creator": "creators",
    "keyword": "keywords",
    "keyword_path": "keyword_paths",
    "without": "without",
    "person": "persons",
}
FIELD_FILTERS = "fields"  # each has a parameter of its own, `field.NAME`
INTERNAL_FILTERS = {
    "exact",
    "about_place",
    "about_year",
    "in_collection",
    FIELD_FILTERS,
}  # the first two are set by the words of a search
SINGLE_FILTERS = set(Filters.model_fields) - {*LIST_FILTERS.values(), *REPEATED_FILTERS.values(), *INTERNAL_FILTERS}
FIELD = "field."  # before the name of a field of the library's own
LINKS = "links"  # of an answer with photos: links to their thumbnails come with it
SEARCH_FIELDS = {"q", "mode", "sort", "top", "skip", "ranker", "min_relevance", "fold", "facets", "interpret"}


def parse_search(parameters: Iterable[tuple[str, str]]) -> Search:
    """The Search that query parameters ask for."""
    fields: dict[str, Any] = {"facets": True}
    filters: dict[str, Any] = {}
    for name, value in parameters:
        if not value.strip() or name in FUNCTION_KEY_PARAMETERS:
            continue
        if name in LIST_FILTERS:
            filters.setdefault(LIST_FILTERS[name], []).extend(part.strip() for part in value.split(","))
        elif name in REPEATED_FILTERS:
            filters.setdefault(REPEATED_FILTERS[name], []).append(value.strip())
        elif name.startswith(FIELD):
            _add_field_filter(filters, name, value)
        elif name in SEARCH_FIELDS:
            fields[name] = value
        elif name in SINGLE_FILTERS:
            filters[name] = value
        else:
            custom = {FIELD + each for each in catalogue().by_name}
            names = ", ".join(sorted(SEARCH_FIELDS | SINGLE_FILTERS | set(LIST_FILTERS | REPEATED_FILTERS) | custom))
            raise BadRequest(f"a search has no parameter {name}; its parameters are {names}", param=name)
    return validate(Search, fields | {"filters": validate(Filters, filters)})


def _add_field_filter(filters: dict[str, Any], name: str, value: str) -> None:
    """A filter by a field of the library's own; BadRequest says which there are, and what this one can be."""
    try:
        conditions(find_field(name.removeprefix(FIELD)), value)
    except BadRequest as error:
        raise BadRequest(str(error), param=name[:100]) from error
    except ValueError as error:
        raise BadRequest(str(error), param=name) from error
    filters.setdefault(FIELD_FILTERS, {}).setdefault(name.removeprefix(FIELD), []).append(value.strip())


def parse_time_zone(name: str | None) -> ZoneInfo:
    """The caller's time zone from its IANA name; UTC without one."""
    try:
        if name and not TIME_ZONE.fullmatch(name):
            raise ValueError("each part of a longer name would be imported as a package, one within the other")
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadRequest(
            f"{name!r} is not a time zone; use a name such as Europe/Zurich", param="X-Timezone"
        ) from error


def parse_whole_number(parameters: Mapping[str, str], name: str, default: int, *, maximum: int) -> int:
    """A parameter as a whole number from 0 to `maximum`."""
    value = parameters.get(name, str(default))
    if not value.isdecimal() or len(value) > MAX_DIGITS or int(value) > maximum:
        raise BadRequest(f"{name} must be a whole number from 0 to {maximum:,}", param=name)
    return int(value)


def parse_flag(parameters: Mapping[str, str], name: str) -> bool:
    """A parameter that is `true` or `false`; false without it."""
    value = parameters.get(name) or "false"
    if value not in {"true", "false"}:
        raise BadRequest(f"{name} must be true or false", param=name)
    return value == "true"


def parse_links(parameters: Mapping[str, str]) -> bool:
    """Whether `links=thumbnail` asks for links to thumbnails; BadRequest for links to anything else."""
    value = parameters.get(LINKS, "").strip()
    if value not in {"", "thumbnail"}:
        raise BadRequest("links can only be thumbnail; POST /api/links has those to other pictures", param=LINKS)
    return bool(value)


def parse_photo_id(path: Mapping[str, str]) -> str:
    """The id in the path of a request; NotFound when no photo can have it."""
    id_ = path["id"]
    if not is_photo_id(id_):
        raise NotFound(f"there is no photo {id_!r}: an id has 32 hexadecimal digits", param="id")
    return id_


def parse_conditions(headers: Mapping[str, str]) -> tuple[str | None, bool]:
    """
    The etag that an upload must find (`If-Match`; `*` is any), and whether it must find nothing (`If-None-Match: *`).

    BadRequest for what makes no sense, PreconditionFailed for what can't come true.
    """
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    if if_none_match not in {None, "*"}:
        raise BadRequest('an upload takes only "*" here: replace nothing', param="If-None-Match")
    if if_match and if_none_match:
        raise PreconditionFailed("a photo can't both exist and not exist", param="If-None-Match")
    if if_match is not None and not ETAG.fullmatch(if_match):
        raise PreconditionFailed('no photo has this etag: one is in quotes, such as "0x8DC0FFEE"', param="If-Match")
    return if_match, if_none_match is not None


def parse_condition(headers: Mapping[str, str], etag: str | None, missing: str) -> str | None:
    """
    The etag that a setting must have which is replaced; None for any, or for none.

    `*` is that of any there is: where there is none, PreconditionFailed says what is `missing`.
    """
    if_match, _ = parse_conditions(headers)
    if if_match != ANY_ETAG:
        return if_match
    if etag is None:
        raise PreconditionFailed(missing, param="If-Match")
    return etag


def parse_if_match(headers: Mapping[str, str]) -> frozenset[str]:
    """The etags of which a record must have one (`*` is any); empty without the header."""
    return frozenset(each.strip() for each in headers.get("if-match", "").split(",")) - {""}


def parse_upload_path(path: str, raw_path: bytes = b"") -> str:
    """The path of an upload, if a blob can have this name; `raw_path` is how the request spelled it."""
    if fault := fault_in_name(path):
        raise BadRequest(fault, param="path")
    if any(part in {"", ".", ".."} or part.endswith(".") for part in path.split("/")):
        raise BadRequest("the parts of a path must not be empty and must not end in a dot", param="path")
    if not _is_utf8(unquote_to_bytes(raw_path)):  # decoded, the bytes that are not would all look the same
        raise BadRequest("a path must be encoded as UTF-8", param="path")
    return path


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
