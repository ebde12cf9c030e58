"""Doors of index administration."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from local.search.doors.call import Call, answer
from local.search.errors import BadRequest
from local.search.service import Entry

MOST_INDEXES = 200
NEIGHBOURS = ("synonymmaps", "aliases", "indexers", "datasources", "skillsets", "knowledgebases", "knowledgesources")


def described(entry: Entry, status: int) -> Response:
    """An index definition with its etag in body and header."""
    response = answer(entry.body(), status)
    response.headers["ETag"] = f"W/{entry.etag}"
    return response


def create(call: Call) -> Response:
    entry = call.service.create(call.json)
    response = described(entry, 201)
    response.headers["Location"] = f"{call.url.partition('?')[0]}('{entry.index.definition.name}')"
    return response


def put(call: Call) -> Response:
    body = call.json
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


def nothing(_: Call) -> Response:
    """The neighbours of indexes exist in the real service; here there are none of them."""
    return answer({"value": []})
