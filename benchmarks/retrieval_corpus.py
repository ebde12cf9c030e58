"""
Captions that people wrote, from the files in which they are handed round.

    .tsv    image id <TAB> caption, the captions of an image in their order
    .csv    with a header; a column `image`, `image_id`, `image_name`, `filename` or `file_name`, and a column
            `caption`, `comment`, `sentence` or `raw`; commas, semicolons, tabs or bars between them (Flickr8k and 30k)
    .jsonl  an object a line: `{"image": ..., "captions": [...]}`, or `{"image": ..., "caption": ...}` several times
    .json   Karpathy's `{"images": [{"filename", "sentences": [{"raw"}]}]}`, COCO's
            `{"annotations": [{"image_id", "caption"}]}`, or a list of what a line of .jsonl has

`CorpusError` says in which line what is missing.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Captions = Mapping[str, Sequence[str]]
Row = tuple[str, str, str]  # where it stands, image, caption

IMAGE_COLUMNS = ("image", "image_id", "image_name", "filename", "file_name")
CAPTION_COLUMNS = ("caption", "comment", "sentence", "raw")
NEEDED = 2  # captions of an image: one is indexed, the others are asked for


class CorpusError(ValueError):
    """What is wrong with a file of captions or questions, and where."""


def read_captions(path: Path) -> dict[str, list[str]]:
    """The captions of every image, in order; CorpusError where they cannot be read or none can be asked for."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise CorpusError(f"{path}: {path.suffix or 'a file without a suffix'} is not read; use {', '.join(READERS)}")
    captions: dict[str, list[str]] = defaultdict(list)
    for place, image, caption in read(path, read_text(path)):
        if not image or not caption:
            raise CorpusError(f"{path}, {place}: the {'caption' if image else 'image'} is missing")
        captions[image].append(" ".join(caption.split()))
    if not any(len(texts) >= NEEDED for texts in captions.values()):
        raise CorpusError(f"{path}: no image has two captions; one is indexed and the others are the queries")
    return dict(captions)


def read_text(path: Path) -> str:
    """The text of a file; CorpusError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise CorpusError(f"{path}: {error.strerror or error}") from error


def parse_line(path: Path, place: str, line: str) -> Any:
    """A line of JSON."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{path}, {place}: not JSON: {error}") from error


def _tsv(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            image, tab, caption = line.partition("\t")
            if not tab:
                raise CorpusError(f"{path}, line {number}: there is no tab between image and caption")
            yield f"line {number}", image.strip(), caption.strip()


def _csv(path: Path, text: str) -> Iterator[Row]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t|", key=header.count)
    rows = csv.DictReader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
    names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    image, caption = _column(path, names, IMAGE_COLUMNS), _column(path, names, CAPTION_COLUMNS)
    for row in rows:
        yield f"line {rows.line_num}", (row[image] or "").strip(), (row[caption] or "").strip()


def _column(path: Path, names: Mapping[str, str], wanted: Sequence[str]) -> str:
    for name in wanted:
        if name in names:
            return names[name]
    raise CorpusError(f"{path}: the first line names no column {', '.join(wanted[:-1])} or {wanted[-1]}")


def _jsonl(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            place = f"line {number}"
            yield from _object(path, place, parse_line(path, place, line))


def _json(path: Path, text: str) -> Iterator[Row]:
    content = parse_line(path, "line 1", text)
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        content = content["annotations"]
    elif isinstance(content, dict) and isinstance(content.get("images"), list):
        content = content["images"]
    if not isinstance(content, list):
        raise CorpusError(f"{path}: neither a list, nor an object with images or annotations")
    for number, each in enumerate(content, 1):
        yield from _object(path, f"entry {number}", each)


def _object(path: Path, place: str, value: Any) -> Iterator[Row]:
    """The captions in one object, whichever of the formats it is of."""
    if not isinstance(value, dict):
        raise CorpusError(f"{path}, {place}: not an object")
    image = next((str(value[name]) for name in IMAGE_COLUMNS if value.get(name) not in {None, ""}), "")
    for caption in _captions_of(value):
        yield place, image, caption


def _captions_of(value: Mapping[str, Any]) -> Iterable[str]:
    captions = value.get("captions") or value.get("sentences") or [value.get("caption") or ""]
    for each in captions if isinstance(captions, list) else [captions]:
        text = each.get("raw") or each.get("caption") if isinstance(each, dict) else each
        yield text.strip() if isinstance(text, str) else ""


READERS: Mapping[str, Callable[[Path, str], Iterator[Row]]] = {
    ".tsv": _tsv, ".csv": _csv, ".txt": _csv, ".jsonl": _jsonl, ".json": _json,
}  # fmt: skip
