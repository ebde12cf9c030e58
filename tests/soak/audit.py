"""The audit: every difference between what people did and what is there, each as a sentence."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ingest.file_roles import role_by_name
from shared.photo import photo_id
from tests.soak.inventory import Inventory, ModelCall
from tests.soak.ledger import Ledger, Period, is_private

REPLY = 15  # seconds from the end of a model's call until its description is stored, on a busy machine
DERIVED = re.compile(r"([0-9a-f]+)/\w+\.jpg")
POISON = "-poison"


def audit(inventory: Inventory, ledger: Ledger) -> list[str]:
    """All that is lost, left over, paid twice or told to a stranger; nothing where the books balance."""
    checks = (files, states, documents, edits, trash, orphans, queues, captions, visibility)
    return [f"{check.__name__}: {difference}" for check in checks for difference in check(inventory, ledger)]


def files(inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    """Each path has one of the files that it may have."""
    for path in sorted(ledger.paths.keys() | inventory.photos.keys()):
        blob = inventory.photos.get(path)
        expected = ledger.paths[path].contents if path in ledger.paths else {None}
        if (blob.digest if blob else None) not in expected:
            yield f"{path} {'is another file' if blob and expected != {None} else 'is there' if blob else 'is lost'}"


def states(inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    """Each file is in the one state that it should be in, and the app counts them so."""
    counts = Counter[str]()
    for path, blob in inventory.photos.items():
        is_broken = blob.digest in ledger.contents and ledger.contents[blob.digest].kind == "broken"
        role = role_by_name(path)
        expected = role if role != "photo" else "failed" if is_broken else "searchable"
        counts[expected] += 1
        is_in = [
            name
            for name, there in (("searchable", path in inventory.found), ("failed", path in inventory.failures))
            if there
        ]
        if is_in != ([expected] if role == "photo" else []):
            reason = inventory.failures.get(path, {}).get("last_error", "")
            state = " and ".join(is_in) or "neither searchable nor failed"
            yield f"{path} should be {expected}, and is {state} {reason}"
    told = inventory.status
    expected_counts = {
        "indexed": counts["searchable"],
        "failed": counts["failed"],
        "attached": counts["attached"],
        "ignored": counts["ignored"],
        "trash": sum(each.endswith(".json") for each in inventory.own("photo-trash")),
        "waiting": 0,
        "retrying": 0,
    }
    for name, count in expected_counts.items():
        if told[name] != count:
            yield f"the app says that {told[name]} are {name}, and {count} are"


def documents(inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    """Each index in use has one document for each photo, of the bytes, title and model of now."""
    searchable = {path: each for path, each in inventory.photos.items() if path in inventory.found}
    for name in filter(None, (inventory.live, inventory.beside)):
        by_path = {each["path"]: each for each in inventory.indexes.get(name, [])}
        for path in sorted(searchable.keys() - by_path.keys()):
            yield f"{path} is missing in the index {name}"
        for path, document in by_path.items():
            if path in searchable:
                yield from (f"{path} in the index {name} {what}" for what in _wrong(document, path, inventory, ledger))
            vector = document["vector"] or []
            is_embedded = len(vector) == inventory.dimensions[name]
            if not (is_embedded or (name != inventory.live and not vector)):
                yield f"{path} has {len(vector)} numbers in the index {name}"


def _wrong(document: dict[str, Any], path: str, inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    blob, record = inventory.photos[path], ledger.paths.get(path)
    if document["etag"].strip('"') != blob.etag or document["digest"] != blob.digest:
        yield "is that of another version"
    if record and record.title is not None and document["title"] != record.title:
        yield f"has the title {document['title']!r} in place of {record.title!r}"
    if record and record.titles == {None} and document["title"].endswith("of somebody"):
        yield f"has the title {document['title']!r}, which was deleted"
    if bool(document["sidecar_digest"]) != (f"{path}.xmp" in inventory.photos):
        yield "does not know of its sidecar" if not document["sidecar_digest"] else "has a sidecar that is gone"
    for picture in ("preview", "thumbnail"):
        if f"{document['id']}/{picture}.jpg" not in inventory.own("photo-derived"):
            yield f"has no {picture}"
    if not any(name.startswith(f"{blob.digest}/") and each.data for name, each in _descriptions(inventory)):
        yield "has no description that is kept"


def _descriptions(inventory: Inventory) -> Iterator[tuple[str, Any]]:
    yield from inventory.own("photo-descriptions").items()


def edits(inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    """What people wrote is kept."""
    kept = inventory.own("photo-edits")
    for path, record in ledger.paths.items():
        blob = kept.get(f"{photo_id(path)}.json")
        title = blob.json["fields"].get("title", {}).get("value") if blob else None
        if title not in record.titles and not (record.titles == {None} and title is None):
            yield f"{path} was given one of the titles {record.titles}, and {title!r} is kept"


def trash(inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    """What was deleted through the app can be restored."""
    there = inventory.own("photo-trash")
    for path, record in ledger.paths.items():
        id_ = photo_id(path)
        words, file = there.get(f"{id_}.json"), there.get(f"{id_}/original")
        if record.trashed and not (words and words.json["restorable"] and file and file.digest == record.trashed):
            yield f"{path} was deleted, and cannot be restored"
        if words and not record.trashed and not record.may_be_trashed:
            yield f"{path} is in the trash, and nobody has deleted it"
        if file and not words:
            yield f"a file without a record is left of {path}"


def orphans(inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    """Nothing is left of what is gone."""
    ids = {photo_id(path): path for path in inventory.photos}
    waiting = {name.removesuffix(".json") for name in inventory.own("photo-trash") if name.endswith(".json")}
    names = {photo_id(path): path for path in ledger.paths} | ids
    for name, found in inventory.indexes.items():
        if name not in {inventory.live, inventory.beside}:
            yield f"the index {name} is left over"
        for each in found:
            if each["id"] not in ids:
                yield f"a document of {each['path']} is left in the index {name}"
    for container, pattern, may_wait in (
        ("photo-derived", DERIVED, False),
        ("photo-edits", re.compile(r"([0-9a-f]+)\.json"), True),
        ("photo-failures", re.compile(r"([0-9a-f]+)\.json"), False),
    ):
        for name in inventory.own(container):
            id_ = match[1] if (match := pattern.fullmatch(name)) else name
            if id_ not in ids and not (may_wait and id_ in waiting):
                yield f"{name} is left in {container}, of {names.get(id_, 'nobody knows what')}"
    yield from _descriptions_without_photo(inventory, ledger)
    for move in inventory.own("photo-moves").values():
        if not move.json["done"]:
            yield f"a move from {move.json['path']} to {move.json['new_path']} was not ended"
    gone = [name for name in inventory.own("photo-trash") if name.startswith("gone/")]
    yield from (f"{names.get(name[5:], name)} is gone, and records may still name it" for name in gone)


def _descriptions_without_photo(inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    used = {each.digest for each in inventory.photos.values()}
    used |= {each.digest for name, each in inventory.own("photo-trash").items() if name.endswith("/original")}
    for name, each in inventory.own("photo-trash").items():
        if name.endswith(".json"):  # also versions that never reached the index, whose descriptions go with the photo
            used |= {each.json["digest"], *each.json["other_digests"]}
    for name, each in _descriptions(inventory):
        digest = name.partition("/")[0]
        if digest not in used | ledger.replaced:
            yield f"a description of {len(each.data)} bytes is left that no photo uses: {name}"


def queues(inventory: Inventory, _: Ledger) -> Iterator[str]:
    """Nothing waits any more, and the host gave nothing up."""
    for name, count in inventory.queues.items():
        if count:
            yield f"{count} messages are in the queue {name}"
        if count and name.endswith(POISON):
            yield f"the host gave up on {count} messages: {name}"


def captions(inventory: Inventory, ledger: Ledger) -> Iterator[str]:
    """Each content was paid for once in each life, and once more where not all people may share a description."""
    calls = defaultdict[str, list[ModelCall]](list)
    for each in sorted(inventory.calls, key=lambda call: call.start):
        calls[each.preview].append(each)
    contents = {each.preview: each for each in ledger.contents.values() if each.kind == "photo"}
    for preview, paid in calls.items():
        content = contents.get(preview)
        if content is None:
            yield f"a picture was described that nobody has uploaded: {preview}"
            continue
        ends = ledger.ends.get(content.digest, [])
        excused = sum(is_excused(*pair, ends, ledger.disturbances) for pair in pairwise(paid))
        lives = len({content.digest} & ledger.private) + len({content.digest} & ledger.public)
        if len(paid) > max(1, lives) + excused:
            moments = ", ".join(f"{each.start:.1f}-{each.end:.1f}" for each in paid)
            yield f"{len(paid)} captions were paid for the content {content.digest}, {excused} excused: {moments}"


def is_excused(first: ModelCall, second: ModelCall, ends: list[Period], disturbances: list[Period]) -> bool:
    """Whether the photo was gone for good between two calls, or the first one's answer may have been lost."""
    is_gone = any(since <= second.start and until >= first.start for since, until in ends)
    return is_gone or any(since <= first.end + REPLY and until >= first.start for since, until in disturbances)


def visibility(inventory: Inventory, _: Ledger) -> Iterator[str]:
    """A stranger is told of all but the private photos, and nothing of those."""
    for path in inventory.told:
        if is_private(path):
            yield f"{path} is private, and a stranger finds it"
    for path in inventory.found.keys() - inventory.told.keys():
        if not is_private(path):
            yield f"{path} is for everybody, and a stranger does not find it"
