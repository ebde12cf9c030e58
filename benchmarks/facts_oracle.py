"""
What we read of files compared with what exiftool reads: `python -m benchmarks.facts_oracle FOLDER...`.

exiftool (Debian: `libimage-exiftool-perl`) is asked for its tags and for its reconciliation by the
Metadata Working Group's rules. Printed are the disagreements, one a line, and their number by field.
"""

import argparse
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image as Pillow

from ingest.facts.facts import Facts
from ingest.facts.read import read_facts
from ingest.facts.text import clean

# fmt: off
SUFFIXES = {
    ".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".hif", ".avif", ".psd",
    ".psb", ".jp2", ".jpx", ".j2k", ".svg", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".mpo",
    ".exif", ".exv", ".crw", ".mrw", ".pef", ".sr2", ".srw", ".iiq", ".3fr", ".nrw", ".bmp",
}
# fmt: on
EXV = b"\xff\x01Exiv2"  # a JPEG's segments without its pixels, as exiv2 keeps metadata for its tests
CONFIG = "use Image::ExifTool::MWG; $Image::ExifTool::MWG::strict = 0; 1;\n"
Tags = Mapping[str, Any]


def main() -> int:
    """Compare every image in the folders; the status says nothing, as some disagreements are right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--field", help="only this field")
    options = parser.parse_args()
    if not shutil.which("exiftool"):
        print("skipped: exiftool is not installed (Debian: libimage-exiftool-perl)")
        return 0
    files = sorted(each for folder in options.folders for each in folder.rglob("*") if is_image(each))
    counts, totals = Counter[str](), Counter[str]()
    for file, tags in zip(files, exiftool(files), strict=True):
        facts = facts_of(file)
        for field, (ours, theirs) in comparison(facts, tags).items():
            if options.field in {None, field}:
                totals[field] += bool(theirs)
                if not agree(field, ours, theirs):
                    counts[field] += 1
                    print(f"{field:12} {file}\n    ours   {ours!r}\n    theirs {theirs!r}")
    print(f"\n{len(files)} files")
    for field in totals:
        print(f"{field:12} {totals[field]:5} told by exiftool, {counts[field]:4} disagreements")
    return 0


def is_image(file: Path) -> bool:
    """Whether this is a file whose name is that of an image; folders have such names, too."""
    return file.suffix.lower() in SUFFIXES and file.is_file()


def exiftool(files: list[Path]) -> list[Tags]:
    """The tags of each file, in one run."""
    with tempfile.TemporaryDirectory() as folder:
        config, names = Path(folder) / "config", Path(folder) / "names"
        config.write_text(CONFIG)
        names.write_text("\n".join(str(each) for each in files))
        command = [
            "exiftool",
            "-config",
            str(config),
            "-j",
            "-n",
            "-G1",
            "-struct",
            "-a",
            "-use",
            "MWG",
            "-@",
            str(names),
        ]
        process = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    tags = {each["SourceFile"]: each for each in json.loads(process.stdout)}
    return [tags.get(str(each), {}) for each in files]


def facts_of(file: Path) -> Facts:
    """What we read; HEIF's blocks come from the decoder."""
    data = file.read_bytes()
    if data.startswith(EXV):
        data = b"\xff\xd8" + data[len(EXV) :]
    info: dict[Any, Any] = {}
    if file.suffix.lower() in {".heic", ".heif", ".hif", ".avif"}:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                info = Pillow.open(io.BytesIO(data)).info
            except Exception:  # a damaged file raises anything in its decoder
                info = {}
    return read_facts(
        data,
        format=file.suffix.lower().lstrip("."),
        name="photo" + file.suffix,
        exif=info.get("exif") or b"",
        xmp=info.get("xmp") or b"",
    )


def comparison(facts: Facts, tags: Tags) -> dict[str, tuple[Any, Any]]:
    """Ours and theirs by field."""
    return {
        "date": (facts.taken_local and f"{facts.taken_local:%Y:%m:%d %H:%M:%S}", date_of(tags)),
        "zone": (facts.taken_zone, zone_of(tags)),
        "gps": (facts.location, gps_of(tags)),
        "camera": (facts.camera, camera_of(tags)),
        "creator": (facts.creators, listed(first(tags, *CREATORS))),
        "rights": (facts.rights, text(first(tags, "MWG:Copyright", "XMP-tiff:Copyright", "PNG:Copyright"), 2000)),
        "keywords": (facts.keywords, listed(first(tags, "MWG:Keywords", "PNG:Keywords"))),
        "rating": (facts.rating, first(tags, "MWG:Rating", "XMP-xmp:Rating", "IFD0:Rating")),
        "description": (facts.description, text(first(tags, *DESCRIPTIONS), 2000)),
        "title": (facts.title, text(first(tags, *TITLES))),
        "headline": (facts.headline, text(first(tags, "XMP-photoshop:Headline", "IPTC:Headline"))),
        "credit": (facts.credit, text(first(tags, "XMP-photoshop:Credit", "IPTC:Credit"))),
        "city": (facts.city, text(first(tags, "MWG:City"))),
        "country": (facts.country, text(first(tags, "MWG:Country"))),
        "lens": (facts.lens or "", text(first(tags, "ExifIFD:LensModel", "XMP-exifEX:LensModel", "XMP-aux:Lens"))),
        "iso": (facts.iso, first(tags, "ExifIFD:ISO", "XMP-exif:ISO", "IFD0:ISO")),
        "orientation": (facts.orientation, first(tags, "IFD0:Orientation", "XMP-tiff:Orientation")),
    }


def agree(field: str, ours: Any, theirs: Any) -> bool:
    """Whether the two mean the same."""
    if not ours and not theirs:
        return True
    if field == "gps" and ours and theirs:
        return all(abs(one - other) < 1e-4 for one, other in zip(ours, theirs, strict=True))
    if isinstance(ours, str) and isinstance(theirs, str) and "?" in theirs:  # what exiftool can't decode
        return bool(re.fullmatch(".".join(re.escape(part) for part in theirs.split("?")), ours))
    if field == "zone":
        return not theirs or ours == theirs
    return bool(ours == theirs)


def first(tags: Tags, *names: str) -> Any:
    """The first of the tags that isn't blank."""
    return next((tags[name] for name in names if tags.get(name) not in (None, "", [])), None)


def text(value: Any, longest: int = 250) -> str:
    if isinstance(value, dict):
        value = value.get("x-default") or next(iter(value.values()), "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else clean(str(value), longest)


def listed(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(dict.fromkeys(line for each in values if (line := text(each))))[:100]


# Where the Working Group's fields are blank, what other formats and programs have.
CREATORS = (
    "MWG:Creator",
    "XMP-tiff:Artist",
    "IFD0:XPAuthor",
    "PNG:Author",
    "PNG:Artist",
    "SVG:MetadataWorkCreatorTitle",
)
TITLES = ("XMP-dc:Title", "IPTC:ObjectName", "IFD0:XPTitle", "PNG:Title", "SVG:Title", "SVG:SvgTitle")
DESCRIPTIONS = (
    "MWG:Description",
    "XMP-tiff:ImageDescription",
    "ExifIFD:UserComment",
    "IFD0:XPComment",
    "PNG:Description",
    "PNG:Comment",
    "File:Comment",
    "GIF:Comment",
)
DATES = (
    "MWG:DateTimeOriginal",
    "XMP-exif:DateTimeOriginal",
    "MWG:CreateDate",
    "XMP-exif:DateTimeDigitized",
    "XMP-xmp:CreateDate",
    "PNG:CreationTime",
    "Composite:GPSDateTime",
    "IFD0:ModifyDate",
)


def date_of(tags: Tags) -> str | None:
    """The first date that isn't zeros, without fraction and zone."""
    for name in DATES:
        match = re.match(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?", str(tags.get(name, "")))
        if match and match[1] != "0000":
            return "{}:{}:{} {}:{}:{}".format(*(part or "00" for part in match.groups()))
    return None


def zone_of(tags: Tags) -> str | None:
    for name in DATES:
        if re.match(r"\d{4}[:-]\d\d", str(tags.get(name, ""))):
            match = re.search(r"(Z|[+-]\d\d:\d\d)$", str(tags[name]))
            return match[1].replace("Z", "+00:00") if match else None
    return None


def gps_of(tags: Tags) -> tuple[float, float] | None:
    latitude, longitude = (
        first(tags, f"Composite:GPS{each}", f"XMP-exif:GPS{each}") for each in ("Latitude", "Longitude")
    )
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float) or not (latitude or longitude):
        return None
    return float(longitude), float(latitude)


def camera_of(tags: Tags) -> str | None:
    make = text(first(tags, "IFD0:Make", "XMP-tiff:Make"))
    model = text(first(tags, "IFD0:Model", "XMP-tiff:Model"))
    if make and model and model.lower().startswith(make.split()[0].lower()):
        return model
    return " ".join(part for part in (make, model) if part) or None


if __name__ == "__main__":
    pillow_heif.register_heif_opener()
    Pillow.MAX_IMAGE_PIXELS = None
    sys.exit(main())
