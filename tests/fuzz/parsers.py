"""Everything of ours that reads what others wrote, with valid samples of it and the errors that it may raise."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from ingest.decoding.media_types import download_name
from ingest.decoding.sniff import recognize
from ingest.describe import Description, parse
from ingest.facts.exif import Exif
from ingest.facts.file_name import moment_of
from ingest.facts.formats import boxes, gif, jpeg, photoshop, png, svg, tiff, webp
from ingest.facts.guard import BROKEN
from ingest.facts.iptc import Iptc
from ingest.facts.read import read_facts
from ingest.facts.sidecar import Sidecar, read_takeout
from ingest.facts.sidecar_names import family, is_sidecar, photos_of, sidecars_of
from ingest.facts.xmp import Xmp
from ingest.file_roles import role_by_name
from ingest.handlers import deleted_names
from ingest.path_words import path_words
from ingest.retries import blob_name_in
from query.chat.answer_markup import MarkupFilter
from query.chat.budget import AnswerBudget, ChatLimits
from query.chat.citations import CitationFilter, Citations
from query.chat.tools import Toolbox
from query.chat.wire_format import parse as parse_chat
from shared.blob_name import fault_in_name
from shared.errors import BadPhoto, BadReply, BadRequest
from shared.model_reply import ModelReply, TokenUsage, ToolCall
from shared.photo import photo_id
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket
from tests.fuzz.samples import CHATS, DATED, FILES, MESSAGES, NAMES, REPLIES, SEARCHES, TAKEOUT, WHOLE
from web import links
from web.parameters import parse_conditions, parse_search, parse_time_zone, parse_upload_path

ANSWER = "![a](http://x) [1] <b>x</b> \u30101\u2020a\u3011"


@dataclass(frozen=True)
class Parser:
    """`read` takes any bytes; what it raises is in `errors`, or a defect."""

    name: str
    samples: Sequence[bytes]
    read: Callable[[bytes], Any]
    errors: tuple[type[Exception], ...] = ()

    def __str__(self) -> str:
        return self.name


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _facts(format_: str) -> Callable[[bytes], Any]:
    return lambda data: read_facts(data, format=format_, name="photo.jpg")


def _beside(name: str) -> Callable[[bytes], Any]:
    return lambda data: read_facts(FILES["jpeg"], format="jpeg", name="a.jpg", sidecars=[Sidecar(name, data)])


def _exif(data: bytes) -> None:
    _facts("jpeg")(jpeg_with_exif(data))
    Exif([tiff.read(data)])


def jpeg_with_exif(data: bytes) -> bytes:
    body = b"Exif\0\0" + data[:65_000]
    return b"\xff\xd8\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + FILES["jpeg"][2:]


def _name(data: bytes) -> None:
    name = _text(data)
    moment_of(name)
    path_words(name)
    role_by_name(name)
    is_sidecar(name)
    photos_of(name, ["a.jpg", "IMG_1.jpg", name])
    sidecars_of(name, ["a.jpg.json", "IMG_1.xmp", name])
    family(name)
    recognize(b"\xff\xd8\xff", name)
    download_name(name, "jpeg").encode()
    if fault_in_name(name) is None:
        photo_id(parse_upload_path(name, data))


def _reply(data: bytes) -> Description:
    return parse(ModelReply(text=_text(data), tool_calls=(), finish_reason="stop", usage=TokenUsage(1, 1)))


def _answer(data: bytes) -> None:
    """The same words in one piece and in many are the same answer, and none of it is markup."""
    text = _text(data)
    whole = MarkupFilter().feed(text)
    markup, citations = MarkupFilter(), CitationFilter(Citations())
    pieces = [markup.feed(piece) for piece in text]
    assert "".join(pieces) == whole
    assert "![" not in whole or "](" not in whole
    for piece in pieces:
        citations.feed(piece)
    citations.rest()


def _tool_call(data: bytes) -> None:
    toolbox = Toolbox(None, None, None, Citations(), AnswerBudget(ChatLimits()))  # type: ignore[arg-type]
    for name in ("search_photos", "count_photos", "look_at_photos"):
        try:
            asyncio.run(toolbox.run(ToolCall("1", name, _text(data))))
        except AttributeError:  # it went as far as to the library, which is None here
            continue


def _search(data: bytes) -> None:
    search = parse_search(parse_qsl(_text(data), keep_blank_values=True, max_num_fields=10_000))
    search.filters.odata()


def _failure(data: bytes) -> None:
    failure = Failure.decode(_text(data))
    failure.is_overdue(datetime.now(UTC))
    failure.encode()


def _ticket(data: bytes) -> None:
    ticket = Ticket.decode(_text(data))
    now = datetime.now(UTC)
    ticket.begin(now).age(now)
    ticket.next().encode().encode()


def _header(data: bytes) -> None:
    text = data.decode("latin-1")
    parse_time_zone(text)
    parse_conditions({"if-match": text})


def _events(data: bytes) -> None:
    assert all(isinstance(name, str) for name in deleted_names(_text(data), container="photos"))


METADATA = (
    Parser("exif", [WHOLE["exif"], DATED], _exif, BROKEN),
    Parser("xmp", [WHOLE["xmp"]], lambda data: Xmp([data]), BROKEN),
    Parser("iptc", [WHOLE["iptc"]], lambda data: Iptc([data]), BROKEN),
    Parser(
        "photoshop",
        [FILES["psd"]],
        lambda data: list(photoshop.parts(data)),
        BROKEN,
    ),
    Parser("jpeg segments", [FILES["jpeg"]], lambda data: list(jpeg.parts(data)), BROKEN),
    Parser("png chunks", [FILES["png"]], lambda data: list(png.parts(data)), BROKEN),
    Parser("gif blocks", [FILES["gif"]], lambda data: list(gif.parts(data)), BROKEN),
    Parser("webp chunks", [FILES["webp"]], lambda data: list(webp.parts(data)), BROKEN),
    Parser("boxes", [FILES["jpeg 2000"], FILES["avif"]], lambda data: list(boxes.parts(data)), BROKEN),
    Parser("svg", [FILES["svg"]], lambda data: list(svg.parts(data)), BROKEN),
    *(Parser(f"facts of {kind}", [data, *FILES.values()], _facts(kind)) for kind, data in FILES.items()),
    Parser("xmp sidecar", [WHOLE["xmp"]], _beside("a.xmp")),
    Parser("takeout sidecar", [TAKEOUT], _beside("a.jpg.supplemental-metadata.json")),
    Parser("takeout", [TAKEOUT], read_takeout),
    Parser("names", NAMES, _name, (BadRequest,)),
)
MESSAGES_AND_RECORDS = (
    Parser("model's description", REPLIES, _reply, (BadReply, BadPhoto)),
    Parser("kept description", REPLIES[:1], Description.model_validate_json, (ValueError,)),
    Parser(
        "model's answer",
        [*REPLIES, *CHATS, b"![a](http://x) [1] <b>x</b> \xe3\x80\x901\xe2\x80\xa0a\xe3\x80\x91"],
        _answer,
    ),
    Parser("model's tool call", MESSAGES["tool calls"], _tool_call),
    Parser("failure record", MESSAGES["failures"], _failure, (ValueError,)),
    Parser("ticket", MESSAGES["tickets"], _ticket, (BadRequest,)),
    Parser("poisoned message", [*MESSAGES["tickets"], *MESSAGES["host"]], lambda data: blob_name_in(_text(data))),
    Parser("deletion events", MESSAGES["events"], _events),
)
REQUESTS = (
    Parser("chat", CHATS, lambda data: parse_chat(data, model_names=["photos"]), (BadRequest,)),
    Parser("links", [json.dumps({"ids": ["0" * 32], "size": "preview"}).encode()], links.parse, (BadRequest,)),
    Parser("search", SEARCHES, _search, (BadRequest,)),
    Parser("headers", [b"Europe/Zurich", b'"0x8DC"', b"*"], _header, (BadRequest,)),
)
PARSERS = (*METADATA, *MESSAGES_AND_RECORDS, *REQUESTS)
