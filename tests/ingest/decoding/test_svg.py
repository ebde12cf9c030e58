"""SVG: drawn at preview size on white; nothing is read, fetched or run, and nothing hangs."""

import base64
import gzip
import time
from pathlib import Path

import pytest

from ingest.decoding import svg as svg_drawing
from ingest.decoding.svg_size import stated_size
from tests.ingest.decoding.files import encoded, halves, is_red_then_blue, pixel, prepared, preview, refusal

START = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20" '
RED = '<rect width="20" height="20" fill="red"/><rect x="20" width="20" height="20" fill="blue"/>'


def svg(body: str = RED, attributes: str = "", before: str = "") -> bytes:
    return f"{before}{START}{attributes}>{body}</svg>".encode()


@pytest.mark.parametrize(
    "data",
    [
        svg(),
        svg(attributes='viewBox="0 0 40 20"'),
        gzip.compress(svg()),
        svg().decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">' + svg(),
        b'<!DOCTYPE svg [<!ENTITY paint "red">]>' + svg(RED.replace('"red"', '"&paint;"')),
        svg(f"<defs><script>alert(1)</script></defs>{RED}<foreignObject><b>hello</b></foreignObject>"),
        svg(f'{RED}<a href="https://example.com/"><title>a link</title></a>'),
    ],
    ids=range(8),
)
def test_drawings_are_drawn_at_preview_size(data: bytes) -> None:
    image = prepared(data, "a.svgz")

    assert image.format == "svg"
    assert (image.width, image.height) == (40, 20)
    assert preview(image).size == (1024, 512)
    assert is_red_then_blue(image)


def test_the_ground_is_white() -> None:
    assert pixel(prepared(svg("<circle cx='20' cy='10' r='5'/>")), 5, 5) == (255, 255, 255)


def test_nothing_is_read_from_disk(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(encoded(halves((40, 20)), "PNG"))
    for href in (
        str(secret),
        f"file://{secret}",
        f"file:{secret}",
        "secret.png",
        f"{tmp_path}/../{tmp_path.name}/secret.png",
    ):
        for name in ("href", "xlink:href"):
            image = prepared(svg(f'<image width="40" height="20" {name}="{href}"/><rect width="1" height="1"/>'))
            assert pixel(image, 300, 300) == (255, 255, 255)
    nested = base64.b64encode(svg(f'<image width="40" height="20" href="{secret}"/>')).decode()
    image = prepared(
        svg(f'<image width="40" height="20" href="data:image/svg+xml;base64,{nested}"/><rect width="1" height="1"/>')
    )
    assert pixel(image, 300, 300) == (255, 255, 255)
    entity = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]>'
    assert refusal(svg("<text>&x;</text>", before=entity)) == "the drawing is damaged or cut off"


def test_pictures_inside_are_drawn() -> None:
    inside = base64.b64encode(encoded(halves((40, 20)), "PNG")).decode()

    assert is_red_then_blue(prepared(svg(f'<image width="40" height="20" href="data:image/png;base64,{inside}"/>')))


def laughs() -> bytes:
    entities = '<!ENTITY a0 "ha ha ha ha ha ha ha ha ha ha">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)
    )
    return svg("<text>&a9;</text>", before=f"<!DOCTYPE svg [{entities}]>")


def uses() -> bytes:
    groups = '<g id="g0"><rect width="1" height="1"/></g>' + "".join(
        f'<g id="g{level}">' + f'<use href="#g{level - 1}"/>' * 10 + "</g>" for level in range(1, 10)
    )
    return svg(f"<defs>{groups}</defs><use href='#g9'/>")


HOSTILE = {
    "billion laughs": laughs(),
    "a billion references": uses(),
    "deep nesting": svg("<g>" * 100_000 + RED + "</g>" * 100_000),
    "a reference to itself": svg('<g id="a"><use href="#a"/></g><use href="#a"/>'),
    "a pattern of itself": svg('<pattern id="p" width="1" height="1"><rect fill="url(#p)" width="9" height="9"/>'
                               '</pattern><rect fill="url(#p)" width="40" height="20"/>'),
    "huge view box": svg(attributes='viewBox="0 0 1e30 1e30"'),
    "no size at all": svg(attributes='viewBox="0 0 0 0"'),
    "huge blur": svg('<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><g filter="url(#f)">' + RED + "</g>"),
    "turbulence": svg('<filter id="f"><feTurbulence baseFrequency="1" numOctaves="2000000000"/></filter>'
                      '<g filter="url(#f)">' + RED + "</g>"),
    "a zip bomb": gzip.compress(svg(" " * 100_000_000)),
    "cut": svg()[:-20],
    "cut and compressed": gzip.compress(svg())[:-20],
    "not a drawing": b'<html xmlns="x"><svg></svg></html>',
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_drawings_are_drawn_or_refused_in_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg_drawing, "SECONDS", 4)
    start = time.monotonic()

    reason = refusal(HOSTILE[kind], "a.svgz")

    assert time.monotonic() - start < 40
    assert not reason or "drawing" in reason or reason == "this is a web page, not an image", reason


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="40" height="20"', (40, 20)),
        ("width='1in' height='72pt'", (96, 96)),
        ('width="100%" height="100%" viewBox="0 0 30 10"', (30, 10)),
        ('width="60" viewBox="0 0 30 10"', (60, 20)),
        ('height="20" viewBox="0,0,30,10"', (60, 20)),
        ("", (300, 150)),
        ('width="0" height="-3"', (300, 150)),
        ('viewBox="0 0 1e9 1e8"', (100_000, 10_000)),
        ('width="auto" viewBox="nonsense"', (300, 150)),
        ('data-width="7" width="40" height="20"', (40, 20)),
    ],
)
def test_the_stated_size_is_told_from_the_root(attributes: str, size: tuple[int, int]) -> None:
    assert stated_size(f'<?xml version="1.0"?><svg xmlns="x" {attributes}><rect width="9"/></svg>'.encode()) == size
