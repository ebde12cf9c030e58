"""XMP: what its properties tell of the photo."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ingest.facts.exif import camera_name, point
from ingest.facts.facts import TakenSource
from ingest.facts.rdf import Node, properties
from ingest.facts.times import Moment, parse_moment

_COORDINATE = re.compile(
    r"\s*([+-]?\d+(?:\.\d*)?)(?:[,\s°]+(\d+(?:\.\d*)?))?(?:[,\s'\u2032]+(\d+(?:\.\d*)?))?[\s\"\u2033]*([NSEWnsew])?"
)
_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d*)?)(?:\s*/\s*(\d+(?:\.\d*)?))?")


class Xmp:
    """All XMP of a file: a property is that of the first packet that has it."""

    def __init__(self, packets: Sequence[bytes]) -> None:
        self._nodes: dict[str, Node] = {}
        for packet in packets:
            for name, node in properties(packet).items():
                self._nodes.setdefault(name, node)

    def text(self, *names: str) -> str:
        """The first of these properties that isn't blank, in the default language where there are several."""
        return next((text for name in names if (node := self._nodes.get(name)) and (text := node.default())), "")

    def texts(self, name: str) -> list[str]:
        """All values of a list."""
        node = self._nodes.get(name)
        return [text for each in node.items() if (text := each.value().strip())] if node else []

    def structure(self, name: str) -> Mapping[str, str]:
        """The first structure of this name, its fields as text."""
        node = self._nodes.get(name)
        return {key: each.default() for key, each in node.items()[0].fields().items()} if node and node.items() else {}

    def number(self, *names: str) -> float | None:
        """A number, or a fraction of two."""
        match = _NUMBER.match(self.text(*names))
        if not match or (match[2] and not float(match[2])):
            return None
        return float(match[1]) / float(match[2] or 1)

    def moment(self, name: str, source: TakenSource = "xmp", *, zone: str = "") -> Moment | None:
        """A date of ISO 8601, whole or in part."""
        return parse_moment(self.text(name), source, zone=zone)

    def paths(self) -> Iterator[tuple[str, ...]]:
        """The keywords that say where they belong, each as the words of its path."""
        for name, separator in (
            ("lr:hierarchicalSubject", "|"),
            ("digiKam:TagsList", "/"),
            ("MicrosoftPhoto:LastKeywordXMP", "/"),
            ("mediapro:CatalogSets", "|"),
        ):
            for text in self.texts(name):
                yield tuple(text.split(separator))
        if node := self._nodes.get("mwg-kw:Keywords"):
            for hierarchy in _entries([node], "mwg-kw:Hierarchy"):
                yield from _branches(hierarchy, ())

    def location(self) -> tuple[float, float] | None:
        """The camera's spot, or that of the first place that is named with one."""
        for fields in (
            {name: self.text(name) for name in ("exif:GPSLongitude", "exif:GPSLatitude")},
            self.structure("Iptc4xmpExt:LocationCreated"),
            self.structure("Iptc4xmpExt:LocationShown"),
        ):
            spot = point(
                coordinate(fields.get("exif:GPSLongitude", ""), 180), coordinate(fields.get("exif:GPSLatitude", ""), 90)
            )
            if spot:
                return spot
        return None

    def altitude(self) -> float | None:
        """Metres above the sea, negative below it."""
        height = self.number("exif:GPSAltitude")
        return -height if height is not None and self.text("exif:GPSAltitudeRef") == "1" else height

    def camera(self) -> str | None:
        """Make and model as one name."""
        return camera_name(self.text("tiff:Make"), self.text("tiff:Model"))


def _entries(nodes: Iterable[Node], name: str) -> Iterator[Node]:
    """The entries of the lists of this name in these structures."""
    for node in nodes:
        if inner := node.fields().get(name):
            yield from inner.items()


def _branches(node: Node, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths from here to each leaf; as deep as the parser went, so not endless."""
    word = node.fields().get("mwg-kw:Keyword", Node("", {})).default().strip()
    path = (*above, word) if word else above
    children = list(_entries([node], "mwg-kw:Children"))
    if children:
        for child in children:
            yield from _branches(child, path)
    elif path:
        yield path


def coordinate(text: str, limit: int) -> float | None:
    """`60,16.2N`, `60,16,12N`, `60.27` or `-60.27` as degrees with their sign; None for no place on earth."""
    match = _COORDINATE.fullmatch(text.strip())
    if not match:
        return None
    size = abs(float(match[1])) + float(match[2] or 0) / 60 + float(match[3] or 0) / 3600
    if size > limit:
        return None
    negative = (match[4] or "").upper() in {"S", "W"} or match[1].startswith("-")
    return round(-size if negative else size, 6) + 0.0
