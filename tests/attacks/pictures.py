"""Pictures that are made to be decoded: bombs, loops and references to elsewhere. Each ends searchable or failed."""

import io
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from tests.attacks.attack import Attack, NotApplicable
from tests.attacks.library import jpeg, upload, wait_for
from tests.attacks.originals import needs_photos
from tests.attacks.target import Target

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {NAMESPACES} width="200" height="100">{{}}</svg>'
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
BILLION = f'<!DOCTYPE x [<!ENTITY e0 "lol">{ENTITIES}]>'
XMP = b"http://ns.adobe.com/xap/1.0/\0"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(seed: int, *segments: bytes) -> bytes:
    data = jpeg(seed)
    return data[:2] + b"".join(segments) + data[2:]


def xmp(text: str) -> bytes:
    return segment(0xE1, XMP + text.encode())


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, kind: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )


def small_png(*chunks: tuple[bytes, bytes]) -> bytes:
    return png(64, 64, *chunks, (b"IDAT", zlib.compress(b"\0" + b"\x40" * 64 * 3 * 1 + (b"\0" + b"\x80" * 192) * 63)))


def tiff(*entries: tuple[int, int, int, int], next_ifd: int = 0, order: str = "<") -> bytes:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    body = struct.pack(f"{order}H", len(entries)) + b"".join(struct.pack(f"{order}HHII", *each) for each in entries)
    return head + body + struct.pack(f"{order}I", next_ifd)


def gif(width: int, height: int, frames: int) -> bytes:
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame * frames + b";"


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def plain(format_: str, size: tuple[int, int], **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, 128).save(out, format_, **options)
    return out.getvalue()


def bombs() -> dict[str, bytes]:
    """Small files that are large once they are unpacked, and loops."""
    zeros = zlib.compress(bytes(80_000_000), 9)
    loop = b"Exif\0\0" + tiff((0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0x014A, 4, 1, 8), next_ifd=8)
    far = b"Exif\0\0" + tiff((0x010E, 2, 0xFFFFFFFF, 8), (0x9286, 7, 0x7FFFFFFF, 8), (0x8769, 4, 1, 0xFFFFFFF0))
    return {
        "text.png": small_png((b"zTXt", b"Comment\0\0" + zeros)),
        "international text.png": small_png((b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros)),
        "profile.png": small_png((b"iCCP", b"icc\0\0" + zeros)),
        "many texts.png": small_png(*[(b"zTXt", b"k%d\0\0" % n + zlib.compress(bytes(900_000))) for n in range(300)]),
        "a billion pixels.png": png(40_000, 25_000, (b"IDAT", zlib.compress(bytes(1000)))),
        "the most pixels.png": png(2**31 - 1, 2**31 - 1),
        "more than it says.png": png(8, 8, (b"IDAT", zeros)),
        "one row.png": png(2**31 - 1, 1, (b"IDAT", zeros), depth=1, kind=0),
        "100 megapixels.png": plain("PNG", (10_000, 10_000)),
        "loop.jpg": with_segments(1, segment(0xE1, loop)),
        "far.jpg": with_segments(2, segment(0xE1, far)),
        "loop.tif": tiff((0x0100, 4, 1, 64), (0x0101, 4, 1, 64), (0x014A, 4, 1, 8), (0x8769, 4, 1, 8), next_ifd=8),
        "tiles.tif": tiff((0x0100, 4, 1, 200_000), (0x0101, 4, 1, 200_000), (0x0142, 4, 1, 1), (0x0143, 4, 1, 1),
        (0x0144, 4, 0xFFFFFFF, 8)),
        "billion.jpg": with_segments(3, xmp(f"{BILLION}<x:xmpmeta xmlns:x='adobe:ns:meta/'>&e11;</x:xmpmeta>")),
        "quadratic.jpg": with_segments(4, xmp(f'<!DOCTYPE x [<!ENTITY a "{"a" * 30_000}">]><x>{"&a;" * 8_000}</x>')),
        "deep.jpg": with_segments(5, xmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + "<a>" * 15_000)),
        "profile of segments.jpg": with_segments(6, *[segment(0xE2, b"ICC_PROFILE\0\1\xff" + bytes(60_000))] * 200),
        "profile that lies.jpg": with_segments(7, segment(0xE2, b"ICC_PROFILE\0\1\1" + struct.pack(">I",
        0xFFFFFFFF) + bytes(200))),
        "comments.jpg": with_segments(8, *[segment(0xFE, b"a" * 65_000)] * 100),
        "scans.jpg": plain("JPEG", (2000, 2000), progressive=True),
        "largest sides.jpg": _sized(jpeg(9), 65_500, 65_500),
        "frames.gif": gif(4000, 4000, 5000),
        "screen.gif": gif(65_535, 65_535, 1),
        "pixels.bmp": bmp(2**31 - 1, 2**31 - 1),
        "upside down.bmp": bmp(30_000, -(2**31)),
        "runs.tga": struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 65_535, 65_535, 24, 0) + b"\xff\0\0\0" * 1000,
        "canvas.webp": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + b"\xff" * 6,
        "box.heic": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + b"\0\0\0\1meta" + b"\xff" * 8 + bytes(100),
        "boxes.avif": b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + b"\0\0\0\x08meta" * 5000,
        "layers.psd": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 56, 300_000, 300_000, 32, 3) + bytes(12),
    }  # fmt: skip


def drawn_bombs() -> dict[str, str]:
    """The same as SVG."""
    uses = "".join(f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 12))
    loop = '<g id="a"><use xlink:href="#b"/></g><g id="b"><use xlink:href="#a"/></g><use xlink:href="#a"/>'
    blur = '<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter>'
    pattern = '<pattern id="p" width="1e-9" height="1e-9"><rect/></pattern>'
    sides = SVG.replace('width="200" height="100"', 'width="1e9" height="1e9"')
    return {
        "entities.svg": BILLION.replace("<!DOCTYPE x", "<!DOCTYPE svg") + SVG.format("<text>&e11;</text>"),
        "uses.svg": SVG.format(f'<g id="a0"><rect width="1" height="1"/></g>{uses}'),
        "loop.svg": SVG.format(loop),
        "deep.svg": SVG.format("<g>" * 50_000),
        "sides.svg": sides.format("<rect width='1e9' height='1e9'/>"),
        "filter.svg": SVG.format(f'{blur}<rect filter="url(#f)" width="200" height="100"/>'),
        "path.svg": SVG.format(f'<path d="{"M0 0L1e9 1e9" * 50_000}" stroke="red" stroke-dasharray="0.0001"/>'),
        "pattern.svg": SVG.format(f'{pattern}<rect fill="url(#p)" width="200" height="100"/>'),
    }


def _sized(data: bytes, width: int, height: int) -> bytes:
    at = next(at for at in range(len(data)) if data[at : at + 1] == b"\xff" and data[at + 1] in (0xC0, 0xC2))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def attacks() -> Iterator[Attack]:
    yield Attack("bomb", "every picture that is one ends searchable or failed", _bombs)
    yield Attack("reference", "no picture makes the app fetch a URL or a file", _references)


def _bombs(target: Target) -> None:
    needs_photos(target)
    files = bombs() | {name: data.encode() for name, data in drawn_bombs().items()}
    ids = {name: upload(target, f"bombs/{name}", data) for name, data in files.items()}
    states = wait_for(target, set(ids.values()))
    undecided = [name for name, id_ in ids.items() if id_ not in states]
    assert not undecided, f"neither searchable nor failed: {undecided}"
    target.send("GET", "/api/health", status=[200])


REFERENCES = (
    '<image xlink:href="{url}" width="200" height="100"/>',
    '<image href="{url}" width="200" height="100"/>',
    '<style>@import url("{url}"); rect {{ fill: url("{url}#a") }}</style><rect width="200" height="100"/>',
    '<style>@font-face {{ font-family: x; src: url("{url}") }}</style><text font-family="x" y="50">text</text>',
    '<use xlink:href="{url}#a"/>',
    '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="{url}"/></foreignObject>',
    '<script xlink:href="{url}"/><script>fetch("{url}")</script><rect onload="fetch(\'{url}\')"/>',
    '<filter id="f"><feImage xlink:href="{url}"/></filter><rect filter="url(#f)" width="200" height="100"/>',
    '<mask id="m"><image href="{url}"/></mask><rect mask="url({url}#m)" width="200" height="100"/>',
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}"/><rect width="200" height="100"/>',
)  # fmt: skip
DOCTYPES = (
    '<!DOCTYPE svg SYSTEM "{url}">',
    '<!DOCTYPE svg [<!ENTITY x SYSTEM "{url}">]>',
    '<!DOCTYPE svg [<!ENTITY % x SYSTEM "{url}"> %x;]>',
    '<?xml-stylesheet href="{url}" type="text/css"?>',
)


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine, and what it was asked for."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    continue
                with connection:
                    connection.settimeout(1)
                    asked.append(connection.recv(1000).decode("latin-1").partition("\r\n")[0])

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        finally:
            done.set()
            thread.join()


def _references(target: Target) -> None:
    needs_photos(target)
    if not any(each in target.host for each in ("127.0.0.1", "localhost", "[::1]")):
        raise NotApplicable("the app runs on another machine, where nothing of ours listens")
    with listener() as (server, asked):
        ids = {}
        for name, data in _referring(server):
            ids[name] = upload(target, f"references/{name}", data)
        ids.pop("beside.xmp")  # which is no photo
        states = wait_for(target, set(ids.values()))
    assert len(states) == len(ids), (
        f"neither searchable nor failed: {[n for n, id_ in ids.items() if id_ not in states]}"
    )
    assert not asked, f"the app has asked for {asked[:3]}"
    for id_ in ids.values():
        assert b"root:" not in target.send("GET", f"/api/photos/{id_}").body, "a record quotes a file of the machine"


def _referring(server: str) -> Iterator[tuple[str, bytes]]:
    for number, url in enumerate((f"{server}/svg", "file:///etc/passwd", "/etc/passwd", "//127.0.0.1/x")):
        for at, element in enumerate(REFERENCES):
            yield f"{at}-{number}.svg", SVG.format(element.format(url=url)).encode()
        for at, doctype in enumerate(DOCTYPES):
            yield f"doctype {at}-{number}.svg", (doctype.format(url=url) + SVG.format("<text>&x;</text>")).encode()
    packet = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{server}/xmp"><!ENTITY y SYSTEM "file:///etc/passwd">]>'
    rdf = (
        f"{packet}<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        "<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title><rdf:Alt><rdf:li xml:lang='x-default'>"
        "&x;&y;</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    yield "entity.jpg", with_segments(900, xmp(rdf))
    yield "beside.jpg", jpeg(901)
    yield "beside.xmp", rdf.encode()
