"""Operations on indexes, the statistics of the service, and resources the stand-in doesn't have."""

from typing import Any

from starlette.responses import Response
from tantivy import Token

from local.search.errors import BadRequestError, ResourceNotFoundError, UnsupportedFeatureError
from local.search.handlers.request import ApiRequest, json_response
from local.search.payload import PayloadReader
from local.search.service import HostedIndex
from local.search.text.analyzers import find_analyzer, tokens
from local.search.text.pair_analyzer import PairToken

MAX_INDEXES = 200
VECTORS_HIDDEN_SINCE = "2026-04-01"
ANALYZE_PARAMETERS = {"text", "analyzer", "tokenizer", "tokenFilters", "charFilters", "normalizer"}
UNSUPPORTED_RESOURCES = (
    "synonymmaps",
    "aliases",
    "indexers",
    "datasources",
    "skillsets",
    "knowledgebases",
    "knowledgesources",
)


def index_response(hosted: HostedIndex, status: int) -> Response:
    """Return an index definition with its etag in body and header."""
    response = json_response(hosted.body(), status)
    response.headers["ETag"] = f"W/{hosted.etag}"
    return response


def create_index(request: ApiRequest) -> Response:
    hosted = request.service.create(with_vector_defaults(request.json, request))
    response = index_response(hosted, 201)
    response.headers["Location"] = f"{request.url.partition('?')[0]}('{hosted.index.definition.name}')"
    return response


def with_vector_defaults(body: Any, request: ApiRequest) -> Any:
    """Make vectors retrievable unless the body says otherwise, as api-versions did before the default changed."""
    fields = body.get("fields") if isinstance(body, dict) else None
    if not isinstance(fields, list) or request.query_params.get("api-version", "") >= VECTORS_HIDDEN_SINCE:
        return body
    return {**body, "fields": [with_retrievable_vector(field) for field in fields]}


def with_retrievable_vector(field: Any) -> Any:
    is_default = isinstance(field, dict) and "dimensions" in field and field.get("retrievable") is None
    return {**field, "retrievable": True} if is_default else field


def create_or_update_index(request: ApiRequest) -> Response:
    name = request.index_name
    body = with_vector_defaults(request.json, request)
    if isinstance(body, dict) and body.get("name") not in (None, name):
        raise BadRequestError(
            f"The request is invalid. Details: definition : The name in the body, '{body.get('name')}', "
            f"does not match the one in the address, '{name}'."
        )
    downtime = request.query_params.get("allowIndexDowntime", "").lower() == "true"
    hosted, created = request.service.create_or_update(name, body, request.etag_conditions, downtime=downtime)
    response = index_response(hosted, 201 if created else 200)
    if "prefer" in request.headers:
        response.headers["Preference-Applied"] = 'odata.include-annotations="*", return=representation'
    return response


def get_index(request: ApiRequest) -> Response:
    return index_response(request.service.hosted_index(request.index_name), 200)


def list_indexes(request: ApiRequest) -> Response:
    properties = request.list_parameter("$select")
    bodies = [hosted.body() for hosted in request.service.list_indexes()]
    return json_response({"value": [select_properties(body, properties) for body in bodies]})


def select_properties(body: dict[str, Any], properties: list[str] | None) -> dict[str, Any]:
    if not properties or "*" in properties:
        return body
    return {name: value for name, value in body.items() if name in properties or name == "@odata.etag"}


def delete_index(request: ApiRequest) -> Response:
    request.service.delete(request.index_name, request.etag_conditions)
    return Response(status_code=204)


def index_statistics(request: ApiRequest) -> Response:
    return json_response(request.service.hosted_index(request.index_name).index.statistics())


def analyze_text(request: ApiRequest) -> Response:
    """Show the tokens a text is broken into."""
    definition = request.service.hosted_index(request.index_name).index.definition
    payload = PayloadReader(request.json, ANALYZE_PARAMETERS, "analyze")
    text, name = payload.string("text"), payload.string("analyzer")
    if text is None:
        raise BadRequestError.for_parameter("The value must be a string.", "text")
    if name is None:
        raise UnsupportedFeatureError("analysis by tokenizer or normalizer; name an analyzer")
    analyzer = find_analyzer(name, definition.custom_analyzers)
    return json_response({"tokens": [token_body(token) for token in tokens(analyzer, text)]})


def token_body(token: Token | PairToken) -> dict[str, Any]:
    return {
        "token": token.text,
        "startOffset": token.char_offset_from,
        "endOffset": token.char_offset_to,
        "position": token.position,
    }


def service_statistics(request: ApiRequest) -> Response:
    """Return the usage over all indexes, with the quotas of a middling tier."""
    statistics = [hosted.index.statistics() for hosted in request.service.list_indexes()]
    counters = {
        name: {"usage": usage, "quota": quota}
        for name, usage, quota in (
            ("aliasesCount", 0, 200),
            ("documentCount", sum(index["documentCount"] for index in statistics), None),
            ("indexesCount", len(statistics), MAX_INDEXES),
            ("indexersCount", 0, 50),
            ("dataSourcesCount", 0, 50),
            ("storageSize", sum(index["storageSize"] for index in statistics), None),
            ("synonymMaps", 0, 20),
            ("skillsetCount", 0, 50),
            ("vectorIndexSize", sum(index["vectorIndexSize"] for index in statistics), None),
        )
    }
    limits = {
        "maxStoragePerIndex": None,
        "maxFieldsPerIndex": 1000,
        "maxFieldNestingDepthPerIndex": 10,
        "maxComplexCollectionFieldsPerIndex": 40,
        "maxComplexObjectsInCollectionsPerDocument": 3000,
    }
    return json_response({"counters": counters, "limits": limits})


def list_unsupported(_: ApiRequest) -> Response:
    """Listing a kind of resource the stand-in doesn't have: there are none."""
    return json_response({"value": []})


def get_unsupported(request: ApiRequest) -> Response:
    """Getting such a resource by name: it does not exist."""
    raise ResourceNotFoundError(f"No resource was found at '{request.url.partition('?')[0]}'.")


def change_unsupported(request: ApiRequest) -> Response:
    """Creating, changing or running such a resource."""
    kind = request.url.partition("?")[0].rpartition("/")[2].partition("(")[0]
    raise UnsupportedFeatureError(f"{kind}: it has indexes and documents only")
