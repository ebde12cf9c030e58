"""
What people write about a photo, laid over what its file and a model say.

A field's value is that of a person, else of the file, else of the model. A document of the index holds the values that
count, and in `unedited` those that people wrote over, so that each can be taken back without reading the file again.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared.alt_text import alt_text_faults
from shared.catalogue.in_force import catalogue
from shared.catalogue.values import usable_values
from shared.embedded_text import text_digest
from shared.errors import PreconditionFailed
from shared.photo import EDITABLE, PATH_SEPARATOR, Photo, path_prefixes, utc, wall_clock
from shared.photo_sources import CUSTOM, PERSON
from shared.taken_period import period_fields

MAX_HISTORY = 50  # changes of one photo that can be looked at and undone
PRECISIONS = {4: "year", 7: "month", 10: "day", 16: "minute", 19: "second"}  # by the length of a date's text
TAKEN = re.compile(
    r"(?P<clock>\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(?=$|[+-]))?)?)?)?)(?P<zone>(?<=:\d\d)[+-]\d\d:\d\d)?", re.ASCII
)
# All that follows from edits, beside the editable fields; each document has them from one and the same edits.
FOLLOWING = (
    "keyword_paths", "keyword_path_prefixes", "creator", "taken_at", "taken_at_source", "taken_at_zone", "taken_zone",
    "taken_precision", "taken_until", "taken_month", "sorted_at",
)  # fmt: skip
EDITED = (*EDITABLE, *FOLLOWING, "custom")
BOOKKEEPING = ("sources", "for_earlier_file", "unedited", "edits_state", "embedded_text", "alt_text_faults")


@dataclass(frozen=True, kw_only=True)
class FieldEdit:
    """
    What a person wrote into one field, who and when; `digest` is that of the bytes it was written for.

    `place` are the city, state and country of a location, as far as they are known.
    """

    value: Any
    by: str
    at: str
    digest: str = ""
    place: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    What one request or `job` wrote: each field's edit `before` and `after`, null for none; who undid it, and when.
    """

    number: int
    by: str
    at: str
    before: dict[str, FieldEdit | None]
    after: dict[str, FieldEdit | None]
    job: str = ""
    undone_by: str = ""
    undone_at: str = ""


@dataclass(frozen=True, kw_only=True)
class PhotoEdits:
    """The edits of one photo by field, and its last changes, the oldest first; `etag` is that of what is stored."""

    id: str
    path: str = ""
    fields: dict[str, FieldEdit] = field(default_factory=dict)
    history: tuple[Change, ...] = ()
    etag: str = ""

    @property
    def values(self) -> dict[str, Any]:
        return {name: each.value for name, each in self.fields.items()}

    def change_of(self, job: str) -> Change | None:
        """What a job wrote."""
        return next((each for each in self.history if each.job == job), None)

    def changed(self, edits: Mapping[str, FieldEdit | None], *, by: str, at: datetime, job: str = "") -> "PhotoEdits":
        """
        With these edits written, or where they are None taken back; the same if that changes nothing.

        A job writes a photo once, however often it is tried.
        """
        if job and self.change_of(job):
            return self
        new = {name: edit for name, edit in edits.items() if not _is_same(self.fields.get(name), edit)}
        if not new:
            return self
        number = self.history[-1].number + 1 if self.history else 1
        before = {name: self.fields.get(name) for name in new}
        change = Change(number=number, by=by, at=utc(at), before=before, after=new, job=job)
        return replace(self._with(new), history=(*self.history, change)[-MAX_HISTORY:])

    def undone(self, number: int | None = None, *, by: str, at: datetime) -> "PhotoEdits":
        """
        Without one change, the last that is not undone if none is named.

        PreconditionFailed if there is none, or if a field has been changed since.
        """
        open_changes = [each for each in self.history if not each.undone_at]
        change = next((each for each in reversed(open_changes) if number in {None, each.number}), None)
        if change is None:
            raise PreconditionFailed("there is no such change that could be undone", param="change")
        for name, edit in change.after.items():
            if self.fields.get(name) != edit:
                raise PreconditionFailed(f"{name} has been changed since: undo the later change first", param="change")
        done = replace(change, undone_by=by, undone_at=utc(at))
        history = tuple(done if each is change else each for each in self.history)
        return replace(self._with(change.before), history=history)

    def _with(self, edits: Mapping[str, FieldEdit | None]) -> "PhotoEdits":
        fields = {**self.fields, **edits}
        return replace(self, fields={name: edit for name, edit in fields.items() if edit is not None})


def _is_same(old: FieldEdit | None, new: FieldEdit | None) -> bool:
    if old is None or new is None:
        return old is new
    return (old.value, old.digest) == (new.value, new.digest)


# -- over a document ----------------------------------------------------------------------


def apply_edits(photo: Photo, edits: PhotoEdits) -> Photo:
    """The photo as it counts: what people wrote, and else what it was without any edit."""
    original = original_of(photo)
    if not edits.etag:
        return replace(original, embedded_text=text_digest(original), alt_text_faults=faults_of(original))
    values: dict[str, Any] = {}
    for name, edit in edits.fields.items():
        values |= _field_values(name, edit, original)
    edited = replace(original, **values | _place(edits), custom=_custom(edits, original))
    return replace(
        edited,
        sources=[f"{name}:{PERSON}" for name in sorted(edits.fields)],
        for_earlier_file=sorted(name for name, edit in edits.fields.items() if edit.digest != photo.digest),
        unedited=_encode_unedited(original),
        edits_state=edits_state(edits.etag, *_versions(photo)),
        embedded_text=text_digest(edited),
        alt_text_faults=faults_of(edited),
    )


def faults_of(photo: Photo) -> list[str]:
    """The rules that the alternative text breaks as it is."""
    return [*alt_text_faults(photo.alt_text, photo.caption_language, photo.file_name)]


def original_of(photo: Photo) -> Photo:
    """The photo as it would be had nobody edited it; its vector is left as it is."""
    if not photo.unedited:
        return photo
    values = json.loads(photo.unedited)["values"]
    if values.get("location"):
        values["location"] = tuple(values["location"])
    return replace(photo, **values, sources=[], for_earlier_file=[], unedited="", edits_state="")


def edited_fields(photo: Photo) -> dict[str, Any]:
    """All that edits have written into a document, as its fields: one write takes it from one state to the next."""
    document = photo.to_document()
    fields = {name: document[name] for name in (*EDITED, *BOOKKEEPING) if name in document}
    empty: dict[str, Any] = {each.index_name: [] if each.is_list else None for each in catalogue().fields}
    return fields | {name: document.get(name, value) for name, value in empty.items()}


def edits_state(etag: str, *versions: str) -> str:
    """
    Tells the edits that a document has and the versions they were laid over: its etag, sidecars and recipe.

    Where a document's differs, it was made from other edits, or somebody wrote edits over it while it was replaced.
    """
    return hashlib.sha256("\n".join((etag, *versions)).encode()).hexdigest()[:32] if etag else ""


def is_sound(photo: Photo) -> bool:
    """Whether what a document has without edits is of its own file; false if edits were written while it changed."""
    return not photo.unedited or json.loads(photo.unedited)["of"] == _versions(photo)


def has_edits(photo: Photo, edits: PhotoEdits) -> bool:
    """Whether a document was written with these edits, and none that came later."""
    return photo.edits_state == (edits_state(edits.etag, *_versions(photo)) if edits.etag else "")


def rebound(photo: Photo, *, etag: str) -> Photo:
    """The photo of the same bytes under another etag; which edits it has is to be looked up again."""
    moved = replace(photo, etag=etag, edits_state="")
    return replace(moved, unedited=_encode_unedited(original_of(moved))) if photo.unedited else moved


def _versions(photo: Photo) -> list[str]:
    return [photo.etag, photo.sidecar_digest, photo.recipe]


def _encode_unedited(original: Photo) -> str:
    values = {name: getattr(original, name) for name in EDITED}
    return json.dumps({"of": _versions(original), "values": values}, ensure_ascii=False)


def _field_values(name: str, edit: FieldEdit, original: Photo) -> dict[str, Any]:
    """The fields of a document that follow from one edit."""
    if name.startswith(CUSTOM):  # all of them are one mapping: see `_custom`
        return {}
    if name == "taken_local":
        return _times(edit.value, original)
    if name == "location":
        return {"location": (edit.value["longitude"], edit.value["latitude"]) if edit.value else None}
    values = {name: edit.value}
    if name == "creators":
        values["creator"] = ", ".join(edit.value)
    if name == "keywords":  # a path goes with the word at its end
        paths = [path for path in original.keyword_paths if path.rpartition(PATH_SEPARATOR)[2] in edit.value]
        values |= {"keyword_paths": paths, "keyword_path_prefixes": path_prefixes(paths)}
    return values


def _custom(edits: PhotoEdits, original: Photo) -> dict[str, Any]:
    """
    The values of the library's own fields; an empty one that a person wrote says that there is none.

    What a field does not take any more, and a field that is gone, are left out: the index could not hold them.
    """
    written = {name.removeprefix(CUSTOM): edit.value for name, edit in edits.fields.items() if name.startswith(CUSTOM)}
    fields = catalogue().by_name
    others = {name: value for name, value in original.custom.items() if name in fields and name not in written}
    return others | usable_values(written, catalogue().fields)


def _times(text: str, original: Photo) -> dict[str, Any]:
    """All times of a photo that was taken at `text`: `2024`, `2024-05`, ... `2024-05-31T10:11:12+02:00`."""
    moment, precision, zone = parse_taken(text)
    local = wall_clock(moment) if moment else None
    return {
        "taken_local": local,
        "taken_precision": precision,
        "taken_zone": zone,
        "taken_at_zone": zone,
        "taken_at": utc(moment) if moment and zone else None,
        "taken_at_source": PERSON if local else None,
        "sorted_at": local + "Z" if local else original.arrived_at,
        **period_fields(local, precision),
    }


def parse_taken(text: str) -> tuple[datetime | None, str | None, str | None]:
    """A date as far as it is known, its precision and its zone; all None for "", where it is not known."""
    if not text:
        return None, None, None
    parts = TAKEN.fullmatch(text)
    if not parts:
        raise ValueError("use 2024, 2024-05, 2024-05-31, 2024-05-31T10:11:12 or 2024-05-31T10:11:12+02:00")
    clock, zone = parts["clock"], parts["zone"]
    moment = datetime.fromisoformat(clock + "0001-01-01"[len(clock) :] + (zone or ""))
    return moment, PRECISIONS[len(clock)], zone


def _place(edits: PhotoEdits) -> dict[str, str]:
    """The place of a location that a person gave, but for what they wrote of it themselves."""
    location = edits.fields.get("location")
    return {name: value for name, value in location.place.items() if name not in edits.fields} if location else {}
