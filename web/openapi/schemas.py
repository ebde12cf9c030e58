"""The JSON schemas of requests and responses for the OpenAPI document, built from the app's own types."""

from collections.abc import Sequence
from typing import Any, Literal, NotRequired

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from typing_extensions import TypedDict

from catalogue.jobs.requests import JobRequest
from catalogue.patch import PhotoPatch
from ingest.status import IngestStatus
from query.chat.wire_format import ChatRequest
from query.responses.requests import ResponsesRequest
from shared.catalogue.definition import Catalogue
from shared.catalogue.vocabulary import Vocabulary
from shared.photo import HIDDEN, Photo, links
from shared.stores.failures import Failure
from shared.stores.feedback import Feedback
from shared.stores.jobs import OF_MAKING, Job, PhotoFault
from shared.stores.proposals import Proposal
from web.access import AccessRecord, AccessRules
from web.audit import AuditPage
from web.catalogue import CatalogueFields, FieldsResult
from web.collections import (
    CollectionChange,
    CollectionList,
    CollectionPatch,
    CollectionPhotos,
    CollectionRecord,
    NewCollection,
)
from web.descriptions import PhotoDescriptions
from web.edits import History, UndoRequest
from web.export import ExportRequest
from web.failed_files import DeletedFailures
from web.feedback import FeedbackRequest
from web.health import Health
from web.import_csv import CsvImportReport, CsvTable
from web.job_estimate import EstimateRequest, JobEstimate
from web.jobs import JobPage
from web.links import PictureLinks, PictureLinksRequest
from web.me import Me
from web.moves import MoveRequest, MoveResult
from web.openapi.own_fields import record_schema
from web.originals import Original
from web.photo_map import PhotoMap
from web.photos import DeleteResult, UploadResult
from web.picture_body import PictureRequest
from web.proposals import AcceptResult, OpenProposals
from web.review import ReviewReasons
from web.service_checks import DependencyDown, ServiceStatus
from web.share_records import NewShareRecord, SharedLink, SharedPage, SharedPass, SharedView, ShareList
from web.shared import Password
from web.shares import NewShare
from web.status import SPENDING, RetryAllResult
from web.trash import EmptyResult, RestoreResult, TrashPage
from web.vocabulary import VocabularyResult


class ErrorDetail(TypedDict):
    """
    `sign_in` and `sign_out` are addresses of the platform, where people can do something about it; `count` is how many
    photos there are, where more or fewer were expected.
    """

    message: str
    type: str
    param: str | None
    code: str | None
    sign_in: NotRequired[str]
    sign_out: NotRequired[str]
    count: NotRequired[int]


class Error(TypedDict):
    """Every error response."""

    error: ErrorDetail


class DuplicateRef(TypedDict):
    """A photo that looks the same as another, which stands for it in a list; the total counts it."""

    id: str
    path: str
    title: str
    alt_text: str
    caption_language: str


class CompletionUsage(TypedDict):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class AnswerContext(TypedDict):
    """The photos behind an answer: [n] in its text is the n-th citation; `intent` is a JSON list in a string."""

    citations: list[dict[str, Any]]
    intent: str
    searches: list[dict[str, Any]]
    photos: list[dict[str, Any]]
    proposals: NotRequired[list[Proposal]]


class CitedSpan(TypedDict):
    """The characters of a marker in the text, and the address of its photo on the page."""

    start_index: int
    end_index: int
    url: str
    title: str


class AnswerAnnotation(TypedDict):
    type: Literal["url_citation"]
    url_citation: CitedSpan


class AnswerFunction(TypedDict):
    name: str
    arguments: str


class AnswerToolCall(TypedDict):
    """A call of one of the caller's tools, which the caller runs."""

    id: str
    type: Literal["function"]
    function: AnswerFunction


class AnswerMessage(TypedDict):
    """An answer; without words where it only calls tools, or refuses the response format."""

    role: Literal["assistant"]
    content: str | None
    refusal: str | None
    annotations: list[AnswerAnnotation]
    tool_calls: NotRequired[list[AnswerToolCall]]
    context: AnswerContext


class AnswerChoice(TypedDict):
    index: int
    message: AnswerMessage
    finish_reason: str
    logprobs: None


class Completion(TypedDict):
    """
    A whole answer; streamed, it comes as `chat.completion.chunk` events.

    The first has the context of the first search in its delta. What tools find later, and at the end the citations of
    the answer, come as `context` beside `choices`.
    """

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[AnswerChoice]
    usage: CompletionUsage


class ResponseUsage(TypedDict):
    input_tokens: int
    output_tokens: int
    total_tokens: int


class ResponseObject(TypedDict):
    """A response of OpenAI's Responses API, with our context; streamed, it comes in OpenAI's events."""

    id: str
    object: Literal["response"]
    created_at: int
    status: Literal["completed", "incomplete"]
    model: str
    output: list[dict[str, Any]]
    store: Literal[False]
    previous_response_id: None
    incomplete_details: dict[str, str] | None
    usage: ResponseUsage
    context: AnswerContext


class ModelCard(TypedDict):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(TypedDict):
    object: Literal["list"]
    data: list[ModelCard]


REQUESTS = (
    Catalogue,
    ChatRequest,
    CollectionChange,
    CollectionPatch,
    CollectionPhotos,
    CsvTable,
    ExportRequest,
    FeedbackRequest,
    JobRequest,
    MoveRequest,
    NewCollection,
    NewShare,
    Password,
    PhotoPatch,
    PictureLinksRequest,
    PictureRequest,
    ResponsesRequest,
    UndoRequest,
)
RESPONSES: tuple[type[Any], ...] = (
    AccessRecord,
    AccessRules,
    CatalogueFields,
    FieldsResult,
    AcceptResult,
    AuditPage,
    CollectionList,
    NewShareRecord,
    ShareList,
    SharedLink,
    SharedPage,
    SharedPass,
    SharedView,
    CollectionRecord,
    Completion,
    DeletedFailures,
    DeleteResult,
    DependencyDown,
    DuplicateRef,
    EmptyResult,
    Error,
    Failure,
    Feedback,
    Health,
    History,
    IngestStatus,
    Job,
    EstimateRequest,
    JobEstimate,
    JobPage,
    PhotoDescriptions,
    Me,
    ModelCard,
    ModelList,
    MoveResult,
    OpenProposals,
    Original,
    Photo,
    CsvImportReport,
    PhotoFault,
    PhotoMap,
    PictureLinks,
    Proposal,
    ResponseObject,
    RestoreResult,
    RetryAllResult,
    ReviewReasons,
    ServiceStatus,
    TrashPage,
    UploadResult,
    Vocabulary,
    VocabularyResult,
)
REFERENCE = "#/components/schemas/"
PHOTO_ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
TIMES = {
    "taken_local": "What the clock on the wall showed: without a zone, and exact to `taken_precision`. Days go by it.",
    "taken_zone": "What that clock was ahead of UTC, such as `-05:00`; null where no zone is known.",
    "taken_precision": "`year`, `month`, `day`, `minute` or `second`.",
    "taken_until": "On the same clock, the first second after the year, month, day, minute or second that is known.",
    "taken_month": "The month, such as `1969-07`, or the year if no more is known.",
    "taken_at": "The instant, in UTC; null where no zone is known.",
    "taken_at_source": "Which of the file's times this is; null where nothing tells when it was taken.",
    "taken_at_zone": "The same as `taken_zone`, for clients of earlier releases.",
    "arrived_at": "When the file came into the container, in UTC.",
    "sorted_at": "What `newest` and `oldest` go by: `taken_local` as if in UTC, or else `arrived_at`.",
}
CAPTION_LANGUAGE = (
    "The language that title, caption, alternative text and tags were asked for in, as a BCP 47 tag; empty, which is "
    "English, until a photo of the first release was read again. `setting` and `colors` are always English."
)
SOURCES = "Whose value each editable field has that has one: a person's, else the file's, else the model's."
UNEDITED = "What the fields that people wrote would be without that."
FOR_EARLIER_FILE = "The fields that people wrote when other bytes were under this name."
COUNT = {"value": {"type": "string"}, "count": {"type": "integer"}}


def reference(name: str) -> dict[str, str]:
    return {"$ref": REFERENCE + name}


def schemas(model_names: Sequence[str]) -> dict[str, Any]:
    """The schemas by name; `model_names` are the models a chat request may ask for."""
    types: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        *((each.__name__, "validation", TypeAdapter(each)) for each in REQUESTS),
        *((each.__name__, "serialization", TypeAdapter(each)) for each in RESPONSES),
    ]
    _, definitions = TypeAdapter.json_schemas(types, ref_template=REFERENCE + "{model}")
    components: dict[str, Any] = definitions["$defs"]
    _complete_requests(components, model_names)
    components["Photo"] = _photo(components["Photo"])
    components["Failure"] = _object(_without_defaults(components["Failure"]["properties"]))
    components["Job"] = _object(_without_defaults(components["Job"]["properties"]))
    for name in OF_MAKING:  # see Job.record
        del components["Job"]["properties"][name]
    photos = {"total": {"type": "integer"}, "photos": _array("Hit")}
    facets = {"type": "object", "additionalProperties": {"type": "array", "items": _object(COUNT)}}
    return components | {
        "Hit": _object(components["Photo"]["properties"] | _hit_properties()),
        "SearchPage": _search_page(facets, components["PictureLinks"]["properties"]),
        "SimilarPhotos": _object(photos),
        "ReviewPage": _review_page(components),
        "CollectionPage": _object({"total": {"type": "integer"}, "photos": _array("Photo")}),
        "Status": _status(components),
        "JobWithErrors": _object(components["Job"]["properties"] | {"errors": _array("PhotoFault")}),
        "Failures": _object({"total": {"type": "integer"}, "failures": _array("Failure")}),
    }


def _review_page(components: dict[str, Any]) -> dict[str, Any]:
    """Photos with the reasons why they are in the queue; counts by reason, without `after`."""
    record = _object(components["Photo"]["properties"] | {"review": reference("ReviewReasons")})
    counts = {"type": "object", "additionalProperties": {"type": "integer"}}
    return _object({"counts": counts, "next": {"type": "string"}, "photos": {"type": "array", "items": record}})


def _search_page(facets: dict[str, Any], links: dict[str, Any]) -> dict[str, Any]:
    """Photos with their counts; links and for how long they may be kept come only where they are asked for."""
    page = _object(_likely_photos() | {"facets": facets, "interpreted": _interpreted()})
    return page | {"properties": page["properties"] | links}


def _likely_photos() -> dict[str, Any]:
    """The photos of a search, and how many of all are likely."""
    total = "How many photos are likely; of a search without words, how many there are."
    at_least = "Whether there are no more; only 1,000 photos of a search with words are told apart."
    unmet = "Words of the search that no likely photo holds."
    return {
        "total": {"type": "integer", "description": total},
        "total_is_exact": {"type": "boolean", "description": at_least},
        "less_likely": {"type": "integer", "description": "How many photos come after the likely ones."},
        "stacked": {"type": "integer", "description": "How many more photos those here stand for: their `alike`."},
        "unmet": _array_of_strings() | {"description": unmet},
        "photos": _array("Hit"),
    }


def _interpreted() -> dict[str, Any]:
    """How the words of a search were read: those left to search by, and the filters that the others mean."""
    values = {"anyOf": [{"type": "string"}, _array_of_strings()]}
    return _object({"q": {"type": "string"}, "filters": {"type": "object", "additionalProperties": values}})


def _array_of_strings() -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}}


def _status(components: dict[str, Any]) -> dict[str, Any]:
    """The counts and the services in one object; what was spent is only for admins."""
    status = _object(components["IngestStatus"]["properties"] | components["ServiceStatus"]["properties"])
    return status | {"required": [each for each in status["required"] if each not in SPENDING]}


def _complete_requests(components: dict[str, Any], model_names: Sequence[str]) -> None:
    """Add the rules that code checks and the types do not."""
    chat = components["ChatRequest"]["properties"]
    model = {"anyOf": [{"enum": list(model_names)}, {"type": "null"}]}
    chat["model"] = components["ResponsesRequest"]["properties"]["model"] = model
    from_user = {"type": "object", "properties": {"role": {"const": "user"}}, "required": ["role"]}
    chat["messages"] |= {"contains": from_user}
    for name in ("ExportRequest", "PictureLinksRequest"):
        components[name]["properties"]["ids"]["items"] = PHOTO_ID
    for name in ("JobRequest", "EstimateRequest", "NewCollection"):
        components[name]["properties"]["ids"]["anyOf"][0]["items"] = PHOTO_ID
    for name in ("JobRequest", "EstimateRequest"):
        components[name]["properties"]["exclude"]["anyOf"][0]["items"] = PHOTO_ID
    components["CollectionPhotos"]["properties"]["ids"]["items"] = PHOTO_ID
    for name in ("add", "remove"):
        components["CollectionChange"]["properties"][name]["items"] = PHOTO_ID


def _photo(schema: dict[str, Any]) -> dict[str, Any]:
    """The record of a photo: its fields without the vectors, and the links to its pictures."""
    properties = _without_defaults(schema["properties"])
    for name in HIDDEN:
        del properties[name]
    properties["fields"] = record_schema()
    properties["sources"] = _object_of({"enum": ["person", "file", "model"]}) | {"description": SOURCES}
    properties["unedited"] = _object_of({}) | {"description": UNEDITED}
    properties["for_earlier_file"]["description"] = FOR_EARLIER_FILE
    degrees = _object({"longitude": {"type": "number"}, "latitude": {"type": "number"}})
    properties["location"] = {"anyOf": [degrees, {"type": "null"}]}
    properties["caption_language"]["description"] = CAPTION_LANGUAGE
    for name, description in TIMES.items():
        properties[name]["description"] = description
    return _object(properties | {size: {"type": "string"} for size in links("")})


def _object_of(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


def _without_defaults(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties without their defaults, as a record always has all of them."""
    return {
        name: {key: value for key, value in schema.items() if key not in ("default", "title")}
        for name, schema in properties.items()
    }


def _hit_properties() -> dict[str, Any]:
    highlights = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
    return {
        "score": {"type": "number"},
        "ranked_by": {"enum": ["exact", "semantic", "hybrid", "keywords", "vector", "filter"]},
        "likely": {"type": "boolean", "description": "Whether the search likely means it; likely ones come first."},
        "highlights": highlights,
        "passage": {"type": "string"},
        "alike": _array("DuplicateRef"),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _array(name: str) -> dict[str, Any]:
    return {"type": "array", "items": reference(name)}
