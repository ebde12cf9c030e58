"""
Draws one SVG from standard input: `python -m ingest.decoding.svg_process SIDE MEMORY SECONDS`.

Answers `drawn` and a PNG, or `damaged`. Anything else, an exit code among it, means that a limit was reached.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from xml.etree.ElementTree import Element, ParseError, tostring

import resvg_py
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.decoding.svg_size import stated_size

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
PICTURES = ("data:image/png", "data:image/jpeg", "data:image/jpg", "data:image/gif", "data:image/webp")
LEFT_OUT = {"script", "foreignObject", "iframe", "audio", "video", "handler", "listener"}
MOST_ELEMENTS = 300_000
DEEPEST = 500  # elements within each other


def draw(text: bytes, side: int) -> bytes | None:
    """The drawing as a PNG on white, its longer side `side` pixels; None when it is no SVG."""
    try:
        root = fromstring(text, forbid_dtd=False, forbid_entities=False, forbid_external=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    if _name(root) != "svg":
        return None
    if _depth(root) > DEEPEST or sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise MemoryError
    _take_out_what_reads_files(root)
    if not root.tag.startswith("{"):
        root.set("xmlns", SVG[1:-1])
    with_text = any(_name(each) == "text" for each in root.iter())
    wide, high = stated_size(text)
    if root.get("viewBox") is None:  # without one, resvg draws at no other size than the stated one
        root.set("viewBox", f"0 0 {wide} {high}")
    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=tostring(root, encoding="unicode"),
                width=side if wide >= high else None,
                height=None if wide >= high else side,
                background="white",
                dpi=96,
                skip_system_fonts=not with_text,  # finding them takes longer than most drawings
            )
        )
    except ValueError:
        return None


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _depth(root: Element) -> int:
    deepest, todo = 0, [(root, 1)]
    while todo:
        element, depth = todo.pop()
        deepest = max(deepest, depth)
        todo += [(child, depth + 1) for child in element]
    return deepest


def _take_out_what_reads_files(root: Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if _name(child) in LEFT_OUT or any(_leads_out(child, href) for href in _references(child)):
                parent.remove(child)


def _references(element: Element) -> Iterator[str]:
    for attribute in (f"{XLINK}href", "href"):
        if value := element.get(attribute):
            yield value.strip().lower()


def _leads_out(element: Element, reference: str) -> bool:
    """Whether a reference is to something outside of the drawing; links of text lead nowhere when drawn."""
    if _name(element) == "a":
        return False
    return not reference.startswith(("#", *PICTURES))


def _limit(memory: int, seconds: int) -> None:
    with suppress(ImportError):  # Windows has no such limits; there the time alone ends a drawing
        resource = import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    side, memory, seconds = (int(each) for each in sys.argv[1:4])
    _limit(memory, seconds)
    png = draw(sys.stdin.buffer.read(), side)
    sys.stdout.buffer.write(b"damaged\n" if png is None else b"drawn\n" + png)
    return 0


if __name__ == "__main__":
    sys.exit(main())
