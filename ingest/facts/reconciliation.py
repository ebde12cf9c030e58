"""
One answer from several sources that may contradict each other.

By the rules of the Metadata Working Group (Guidelines for Handling Image Metadata 2.0): EXIF's texts
come first where EXIF has one, then XMP and IPTC. Of these two XMP wins, unless the checksum in the
file tells that IPTC was changed later by a program that knows no XMP; and where IPTC then has only
the beginning of XMP's text, for which it had no room, XMP's counts.

Beyond the rules: what a sidecar says wins over the file, as a person or a program wrote it later
because it would not touch the file (which is how Lightroom, darktable and digiKam read them).
Windows' fields, comments and text chunks count where nothing else does.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.facts import exif as tags, file_name, iptc, junk
from ingest.facts.blocks import Blocks
from ingest.facts.capture_time import CaptureTime, choose_capture_time
from ingest.facts.exif import Exif
from ingest.facts.facts import Facts
from ingest.facts.iptc import Iptc, Key
from ingest.facts.sidecar import Takeout
from ingest.facts.sidecar_names import EXTENSIONS
from ingest.facts.text import PARAGRAPH, clean, decode, distinct
from ingest.facts.times import Moment, parse_mail_date
from ingest.facts.xmp import Xmp
from shared.photo import PATH_SEPARATOR

LOWEST, HIGHEST = -12_000.0, 100_000.0  # metres: under the sea, and where space begins
_QUOTED = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^;]+))\s*(?:;|$)')
_PERCENT = (0, 1, 25, 50, 75, 99)  # what Windows writes for no star to five


@dataclass(frozen=True, kw_only=True)
class Sources:
    """All that a photo's file and its surroundings tell, read and not yet compared."""

    exif: Exif
    xmp: Xmp
    iptc: Iptc
    blocks: Blocks
    name: str
    sidecars: Sequence[Xmp] = ()
    takeouts: Sequence[Takeout] = ()

    @property
    def iptc_is_newer(self) -> bool:
        """Whether IPTC was changed after the program that wrote the checksum had brought XMP in line with it."""
        digest = self.blocks.iptc_digest
        return digest is not None and bool(self.iptc.block) and hashlib.md5(self.iptc.block).digest() != digest  # noqa: S324

    def either(self, key: Key, *names: str) -> str:
        """A text that XMP and IPTC both may have."""
        by_xmp, by_iptc = self.xmp.text(*names), self.iptc.text(key)
        return _recover(by_iptc, by_xmp, key) if self.iptc_is_newer else by_xmp or by_iptc

    def either_list(self, key: Key, name: str) -> list[str]:
        """A list that both may have."""
        by_xmp, by_iptc = self.xmp.texts(name), self.iptc.texts(key)
        if not self.iptc_is_newer or not by_iptc:
            return by_xmp or by_iptc
        return [next((long for long in by_xmp if _is_cut(text, long, key)), text) for text in by_iptc]

    def beside(self, *names: str) -> str:
        """A text from the XMP sidecars, the closest first."""
        return next((text for each in self.sidecars if (text := each.text(*names))), "")

    def beside_list(self, name: str) -> list[str]:
        """A list from the XMP sidecars."""
        return next((texts for each in self.sidecars if (texts := each.texts(name))), [])


def _recover(by_iptc: str, by_xmp: str, key: Key) -> str:
    if not by_iptc or _is_cut(by_iptc, by_xmp, key):
        return by_xmp
    return by_iptc


def _is_cut(short: str, long: str, key: Key) -> bool:
    """Whether a text of IPTC is the beginning of XMP's for which there was no room; a last character may be halved."""
    return long.startswith(short.rstrip("\ufffd")) and len(short.encode("utf-8", "replace")) >= iptc.ROOM[key] - 3


def reconcile_sources(sources: Sources, *, use_gps: bool = True) -> Facts:
    """The facts that follow from all sources; without `use_gps` no fact follows from a position or its clock."""
    location, altitude = next(_spots(sources), (None, None)) if use_gps else (None, None)
    taken = _capture_time(sources, location, use_gps=use_gps)
    exif, xmp = sources.exif, sources.xmp
    keywords, paths = _keywords(sources)
    return Facts(
        title=_title(sources),
        headline=_first(sources.beside("photoshop:Headline"), sources.either(iptc.HEADLINE, "photoshop:Headline")),
        description=_description(sources),
        keywords=keywords,
        keyword_paths=paths,
        creators=_creators(sources),
        credit=_first(sources.beside("photoshop:Credit"), sources.either(iptc.CREDIT, "photoshop:Credit")),
        rights=_rights(sources),
        usage_terms=clean(sources.beside("xmpRights:UsageTerms") or xmp.text("xmpRights:UsageTerms"), PARAGRAPH),
        web_statement=_web_statement(sources),
        rating=_rating(sources),
        sublocation=_place(sources, iptc.SUBLOCATION, "Sublocation", "Iptc4xmpCore:Location"),
        city=_place(sources, iptc.CITY, "City", "photoshop:City"),
        state=_place(sources, iptc.STATE, "ProvinceState", "photoshop:State"),
        country=_place(sources, iptc.COUNTRY, "CountryName", "photoshop:Country"),
        country_code=_country_code(sources),
        location=location,
        altitude=altitude,
        taken_local=taken.moment.local if taken else None,
        taken_zone=taken.zone if taken else None,
        taken_at=taken.instant if taken else None,
        taken_source=taken.moment.source if taken else None,
        taken_precision=taken.moment.precision if taken else None,
        camera=exif.camera() or xmp.camera(),
        lens=clean(exif.text(tags.LENS_MODEL) or xmp.text("exifEX:LensModel", "aux:Lens")) or None,
        software=clean(
            exif.text(tags.SOFTWARE) or xmp.text("xmp:CreatorTool") or sources.blocks.texts.get("software", "")
        )
        or None,
        iso=_whole(
            _between(_number(sources, tags.ISO, "exif:ISOSpeedRatings", "exifEX:PhotographicSensitivity"), 1, 1e7)
        ),
        f_number=_between(_number(sources, tags.F_NUMBER, "exif:FNumber"), 0.1, 1000),
        exposure_time=_between(_number(sources, tags.EXPOSURE_TIME, "exif:ExposureTime"), 1e-7, 1e6, digits=9),
        focal_length=_between(_number(sources, tags.FOCAL_LENGTH, "exif:FocalLength"), 0.1, 1e5),
        orientation=_whole(_between(_number(sources, tags.ORIENTATION, "tiff:Orientation"), 1, 8)),
    )


def _first(*texts: str, longest: int | None = None) -> str:
    return next((line for text in texts if (line := clean(text, longest) if longest else clean(text))), "")


def _title(sources: Sources) -> str:
    texts = (
        sources.beside("dc:title"),
        sources.either(iptc.TITLE, "dc:title"),
        sources.exif.windows_text(tags.XP_TITLE),
        sources.blocks.texts.get("title", ""),
        *(each.title for each in sources.takeouts if not _is_file_name(each.title)),
    )
    return _first(*(text for text in texts if junk.is_description(text)))


def _is_file_name(title: str) -> bool:
    return title.rpartition(".")[2].lower() in EXTENSIONS


def _description(sources: Sources) -> str:
    exif, xmp, texts = sources.exif, sources.xmp, sources.blocks.texts
    candidates = (
        sources.beside("dc:description"),
        *(each.description for each in sources.takeouts),
        exif.text(tags.DESCRIPTION),
        sources.either(iptc.CAPTION, "dc:description"),
        xmp.text("tiff:ImageDescription"),
        exif.user_comment(),
        exif.windows_text(tags.XP_COMMENT),
        exif.windows_text(tags.XP_SUBJECT),
        xmp.text("exif:UserComment"),
        texts.get("description", ""),
        texts.get("comment", ""),
        *(text for each in sources.blocks.comments if junk.is_comment(text := clean(decode(each), PARAGRAPH))),
    )
    return _first(*(text for text in candidates if junk.is_description(clean(text, PARAGRAPH))), longest=PARAGRAPH)


def _creators(sources: Sources) -> tuple[str, ...]:
    texts = sources.blocks.texts
    candidates: Iterable[list[str]] = (
        sources.beside_list("dc:creator"),
        split_names(sources.exif.text(tags.ARTIST)),
        sources.either_list(iptc.BYLINE, "dc:creator"),
        split_names(sources.xmp.text("tiff:Artist")),
        sources.exif.windows_list(tags.XP_AUTHOR),
        split_names(texts.get("author", "") or texts.get("artist", "")),
    )
    people = (distinct(name for name in names if junk.is_person(name)) for names in candidates)
    return next((names for names in people if names), ())


def split_names(text: str) -> list[str]:
    """Several names in one text, as the Working Group writes them: with semicolons, in quotes where they have some."""
    return [(quoted or plain).replace('""', '"').strip() for quoted, plain in _QUOTED.findall(text[:PARAGRAPH])]


def _rights(sources: Sources) -> str:
    candidates = (
        sources.beside("dc:rights"),
        "; ".join(part for part in sources.exif.texts(tags.COPYRIGHT) if junk.is_notice(part)),
        sources.either(iptc.COPYRIGHT, "dc:rights"),
        sources.xmp.text("tiff:Copyright"),
        sources.blocks.texts.get("copyright", ""),
    )
    return _first(*(text for text in candidates if junk.is_notice(text)), longest=PARAGRAPH)


def _web_statement(sources: Sources) -> str:
    names = ("xmpRights:WebStatement", "cc:license")
    return clean(sources.beside(*names) or sources.xmp.text(*names))


def _keywords(sources: Sources) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words, and the paths that some of them are the end of; a path of one word is a word."""
    packets = (*sources.sidecars, sources.xmp)
    paths = next((paths for each in packets if (paths := [_path(words) for words in each.paths()])), [])
    single = [path[0] for path in paths if len(path) == 1]
    words = (
        sources.beside_list("dc:subject")
        or sources.either_list(iptc.KEYWORDS, "dc:subject")
        or sources.exif.windows_list(tags.XP_KEYWORDS)
        or single
        or re.split(r"[;,]", sources.blocks.texts.get("keywords", ""))
    )
    return distinct(words), distinct(PATH_SEPARATOR.join(path) for path in paths if len(path) > 1)


def _path(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for word in words[:20] if (line := clean(word, 100)))


def _rating(sources: Sources) -> int | None:
    for packet in (*sources.sidecars, sources.xmp):
        if (stars := _stars(packet.number("xmp:Rating"))) is not None:
            return stars
    stars = _stars(sources.exif.number(tags.RATING))
    if stars is not None:
        return stars
    percent = _between(sources.exif.number(tags.RATING_PERCENT), 0, 100)
    if percent is None:
        percent = _between(sources.xmp.number("MicrosoftPhoto:Rating"), 0, 100)
    return None if percent is None else min(range(6), key=lambda count: abs(_PERCENT[count] - percent))


def _stars(number: float | None) -> int | None:
    return int(number) if number is not None and -1 <= number <= 5 else None


def _place(sources: Sources, key: Key, field: str, legacy: str) -> str:
    """A name of the place shown; where none is told, of that where the photo was made."""
    for packet in sources.sidecars:
        if name := _first(_xmp_place(packet, field, legacy)):
            return name
    by_xmp, by_iptc = _xmp_place(sources.xmp, field, legacy), sources.iptc.text(key)
    return clean(_recover(by_iptc, by_xmp, key) if sources.iptc_is_newer else by_xmp or by_iptc)


def _xmp_place(packet: Xmp, field: str, legacy: str) -> str:
    return (
        packet.structure("Iptc4xmpExt:LocationShown").get(f"Iptc4xmpExt:{field}", "")
        or packet.text(legacy)
        or packet.structure("Iptc4xmpExt:LocationCreated").get(f"Iptc4xmpExt:{field}", "")
    )


def _country_code(sources: Sources) -> str:
    """Of two or three letters; in capitals."""
    codes = [_xmp_place(each, "CountryCode", "Iptc4xmpCore:CountryCode") for each in (*sources.sidecars, sources.xmp)]
    code = next((text.strip() for text in (*codes, sources.iptc.text(iptc.COUNTRY_CODE)) if text.strip()), "")
    return code.upper() if code.isascii() and code.isalpha() and len(code) in {2, 3} else ""


def _spots(sources: Sources) -> Iterator[tuple[tuple[float, float], float | None]]:
    """Each place with the height that belongs to it, the most trusted first."""
    located_by: tuple[Xmp | Takeout | Exif, ...] = (*sources.sidecars, *sources.takeouts, sources.exif, sources.xmp)
    for located in located_by:
        if isinstance(located, Takeout):
            spot, height = located.location, located.altitude
        else:
            spot, height = located.location(), located.altitude()
        if spot:
            yield spot, _between(height, LOWEST, HIGHEST)


def _capture_time(sources: Sources, location: tuple[float, float] | None, *, use_gps: bool) -> CaptureTime | None:
    exif, xmp = sources.exif, sources.xmp
    satellites = (exif.gps_moment() or _gps_moment(xmp)) if use_gps else None
    by_xmp = [xmp.moment("photoshop:DateCreated"), _original(xmp)]
    by_iptc = [sources.iptc.moment()]
    moments = (
        *(each.moment("photoshop:DateCreated", "sidecar") for each in sources.sidecars),
        *(each.moment("exif:DateTimeOriginal", "sidecar") for each in sources.sidecars),
        *(each.taken for each in sources.takeouts),
        exif.moment("exif"),
        *(by_iptc + by_xmp if sources.iptc_is_newer else by_xmp + by_iptc),
        exif.moment("exif_digitized"),
        xmp.moment("exif:DateTimeDigitized"),
        xmp.moment("xmp:CreateDate"),
        sources.iptc.digital_moment(),
        *(each.moment("xmp:CreateDate", "sidecar") for each in sources.sidecars),
        parse_mail_date(sources.blocks.texts.get("creation time", ""), "png_text"),
        satellites,
        file_name.moment_of(sources.name),
        exif.moment("exif_modified"),
    )
    return choose_capture_time([each for each in moments if each], location=location, satellites=satellites)


def _original(xmp: Xmp) -> Moment | None:
    return xmp.moment("exif:DateTimeOriginal", zone=xmp.text("exifEX:OffsetTimeOriginal", "exif:OffsetTimeOriginal"))


def _gps_moment(xmp: Xmp) -> Moment | None:
    utc = xmp.moment("exif:GPSTimeStamp", "gps")
    return Moment(local=utc.local, source="gps", zone="+00:00", instant=True) if utc and utc.fine else None


def _number(sources: Sources, tag: int, *names: str) -> float | None:
    number = sources.exif.number(tag)
    return sources.xmp.number(*names) if number is None else number


def _between(number: float | None, lowest: float, highest: float, *, digits: int = 3) -> float | None:
    return round(number, digits) if number is not None and lowest <= number <= highest else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
