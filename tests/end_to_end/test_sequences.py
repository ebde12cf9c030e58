"""Upload, overwrite, rename, delete and upload again, in any order: the end is what a model of it predicts."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from ingest.image import sha256_hex
from shared.photo import photo_id
from tests.machine import eventually
from tests.world import World, picture, running_world

NAMES = ["seq/a.jpg", "seq/b b.jpg", "seq/c#.jpg"]
CONTENTS = {**{number: picture(700 + number) for number in range(4)}, 9: b"no picture at all"}

step = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(NAMES), st.sampled_from(sorted(CONTENTS))),
    st.tuples(st.just("drop"), st.sampled_from(NAMES), st.sampled_from(sorted(CONTENTS))),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.booleans()),
    st.tuples(st.just("repeat"), st.sampled_from(NAMES), st.just(0)),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("sequences")) as world:
        yield world


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(steps=st.lists(step, min_size=3, max_size=12))
def test_any_sequence_ends_as_predicted(world: World, steps: list[tuple[str, str, int | str | bool]]) -> None:
    container: dict[str, bytes] = {}
    for kind, name, other in [*((("delete"), name, False) for name in NAMES), *steps]:
        apply(world, container, kind, name, other)

    eventually(lambda: as_predicted(world, container), timeout=60)


def apply(world: World, container: dict[str, bytes], kind: str, name: str, other: int | str | bool) -> None:
    """Do one step to the world and to its model."""
    if kind in {"put", "drop"}:
        container[name] = CONTENTS[int(other)]
        (world.put if kind == "put" else world.drop)(name, container[name])
    elif kind == "rename" and name in container and name != other:
        container[str(other)] = container[name]
        world.drop(str(other), container[name])
        delete(world, container, name, event=True)
    elif kind == "delete":
        delete(world, container, name, event=bool(other))
    elif kind == "repeat":
        world.queue("photo-tickets").send_message(json.dumps({"name": name}))


def delete(world: World, container: dict[str, bytes], name: str, *, event: bool) -> None:
    """Delete the blob, with an event to follow; or through the app, which knows only what is indexed or failing."""
    container.pop(name, None)
    if not event and world.http.delete(f"/api/photos/{photo_id(name)}").status_code == 200:
        return
    blob = world.photos.get_blob_client(name)
    if blob.exists():
        blob.delete_blob()
    subject = f"/blobServices/default/containers/photos/blobs/{name}"
    world.queue("photo-deleted").send_message(json.dumps({"subject": subject}))


def as_predicted(world: World, container: dict[str, bytes]) -> None:
    good = {name: data for name, data in container.items() if data != CONTENTS[9]}
    found = {each["path"]: each["digest"] for each in world.all_photos()}
    assert found == {name: sha256_hex(data) for name, data in good.items()}
    assert set(world.failures()) == container.keys() - good.keys()
