"""Doors of index administration."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from tantivy import Token

from local.search.doors.call import Call, answer
from local.search.errors import BadRequest, NotFound, NotImplementedHere
from local.search.query.reading import Reading
from local.search.service import Entry
from local.search.text.analyzers import analyzer, tokens

MOST_INDEXES = 200
HIDDEN_SINCE = "2026-04-01"
ANALYZE_KEYS = {"text", "analyzer", "tokenizer", "tokenFilters", "charFilters", "normalizer"}
NEIGHBOURS = ("synonymmaps", "aliases", "indexers", "datasources", "skillsets", "knowledgebases", "knowledgesources")


def described(entry: Entry, status: int) -> Response:
    """An index definition with its etag in body and header."""
    response = answer(entry.body(), status)
    response.headers["ETag"] = f"W/{entry.etag}"
    return response


def create(call: Call) -> Response:
    entry = call.service.create(with_vector_defaults(call.json, call))
    response = described(entry, 201)
    response.headers["Location"] = f"{call.url.partition('?')[0]}('{entry.index.definition.name}')"
    return response


def with_vector_defaults(body: Any, call: Call) -> Any:
    """Vectors are shown unless hidden up to the api-version that turned the default around."""
    fields = body.get("fields") if isinstance(body, dict) else None
    if not isinstance(fields, list) or call.query.get("api-version", "") >= HIDDEN_SINCE:
        return body
    return {**body, "fields": [shown_vector(one) for one in fields]}


def shown_vector(field: Any) -> Any:
    hidden = isinstance(field, dict) and "dimensions" in field and field.get("retrievable") is None
    return {**field, "retrievable": True} if hidden else field


def put(call: Call) -> Response:
    body = with_vector_defaults(call.json, call)
    if isinstance(body, dict) and body.get("name") not in (None, call.name):
        raise BadRequest(
            f"The request is invalid. Details: definition : The name in the body, '{body.get('name')}', "
            f"does not match the one in the address, '{call.name}'."
        )
    downtime = call.query.get("allowIndexDowntime", "").lower() == "true"
    entry, created = call.service.put(call.name, body, call.conditions, downtime=downtime)
    response = described(entry, 201 if created else 200)
    if "prefer" in call.headers:
        response.headers["Preference-Applied"] = 'odata.include-annotations="*", return=representation'
    return response


def get(call: Call) -> Response:
    return described(call.service.entry(call.name), 200)


def list_all(call: Call) -> Response:
    chosen = call.names("$select")
    bodies = [entry.body() for entry in call.service.entries()]
    return answer({"value": [only(body, chosen) for body in bodies]})


def only(body: dict[str, Any], chosen: list[str] | None) -> dict[str, Any]:
    if not chosen or "*" in chosen:
        return body
    return {name: value for name, value in body.items() if name in chosen or name == "@odata.etag"}


def delete(call: Call) -> Response:
    call.service.delete(call.name, call.conditions)
    return Response(status_code=204)


def statistics(call: Call) -> Response:
    index = call.service.entry(call.name).index
    return answer(index.statistics())


def analyze(call: Call) -> Response:
    """Show the tokens a text is broken into."""
    definition = call.service.entry(call.name).index.definition
    read = Reading(call.json, ANALYZE_KEYS, "analyze")
    text, name = read.text("text"), read.text("analyzer")
    if text is None:
        raise BadRequest.parameter("The value must be a string.", "text")
    if name is None:
        raise NotImplementedHere("analysis by tokenizer or normalizer; name an analyzer")
    custom = {one.get("name"): one for one in definition.raw["analyzers"]}
    return answer({"tokens": [token_body(token) for token in tokens(analyzer(name, custom), text)]})


def token_body(token: Token) -> dict[str, Any]:
    place = {"startOffset": token.char_offset_from, "endOffset": token.char_offset_to}
    return {"token": token.text, **place, "position": token.position}


def service_statistics(call: Call) -> Response:
    """Usage over all indexes, with the quotas of a middling tier."""
    parts = [entry.index.statistics() for entry in call.service.entries()]
    counters = {
        name: {"usage": usage, "quota": quota}
        for name, usage, quota in (
            ("aliasesCount", 0, 200),
            ("documentCount", sum(part["documentCount"] for part in parts), None),
            ("indexesCount", len(parts), MOST_INDEXES),
            ("indexersCount", 0, 50),
            ("dataSourcesCount", 0, 50),
            ("storageSize", sum(part["storageSize"] for part in parts), None),
            ("synonymMaps", 0, 20),
            ("skillsetCount", 0, 50),
            ("vectorIndexSize", sum(part["vectorIndexSize"] for part in parts), None),
        )
    }
    limits = {
        "maxStoragePerIndex": None,
        "maxFieldsPerIndex": 1000,
        "maxFieldNestingDepthPerIndex": 10,
        "maxComplexCollectionFieldsPerIndex": 40,
        "maxComplexObjectsInCollectionsPerDocument": 3000,
    }
    return answer({"counters": counters, "limits": limits})


def absent(call: Call) -> Response:
    """One of the neighbours by name: there is none."""
    raise NotFound(f"No resource was found at '{call.url.partition('?')[0]}'.")


def refused(call: Call) -> Response:
    """Creating, changing or running one of the neighbours."""
    kind = call.url.partition("?")[0].rpartition("/")[2].partition("(")[0]
    raise NotImplementedHere(f"{kind}: it has indexes and documents only")


def nothing(_: Call) -> Response:
    """The neighbours of indexes exist in the real service; here there are none of them."""
    return answer({"value": []})
