"""Pictures in search: words compared with them, a picture in the place of words, and photos that look alike."""

import pytest

from query.search.image_vectors import MAX_CACHED, ImageVectors
from shared.errors import BadRequest, Outage
from shared.photo import photo_id
from shared.search.filters import Filters
from shared.search.results import Hit
from shared.search.search import Search, Sort
from tests.image_models import FakeImageModel
from tests.query.fakes import FakeIndex, FakeModels, fake_library, hit

JPEG = b"a picture"


def paths(hits: list[Hit]) -> list[str]:
    return [each.photo.path for each in hits]


async def test_words_are_compared_with_pictures_in_hybrid_searches_alone() -> None:
    index, images = FakeIndex(), FakeImageModel()
    library = fake_library(index, images=images)

    for mode in ("hybrid", "keyword", "vector", "hybrid"):
        await library.find(Search(q="a red bicycle", mode=mode))

    assert [query.image_vector for query in index.queries] == [[13.0], None, None, [13.0]]
    assert images.texts == ["a red bicycle"]


@pytest.mark.parametrize("images", [None, FakeImageModel(embeds_text=False)])
async def test_without_a_model_for_words_nothing_is_compared(images: FakeImageModel | None) -> None:
    index = FakeIndex()

    await fake_library(index, images=images).find(Search(q="dog"))

    assert index.queries[0].image_vector is None
    assert index.queries[0].vector is not None


async def test_a_model_that_fails_is_left_out_for_a_minute() -> None:
    now = 0.0
    model = FakeImageModel(errors=[Outage("it is down")])
    vectors = ImageVectors(model, clock=lambda: now)  # type: ignore[arg-type]

    assert await vectors.of_words("dog") is None
    assert await vectors.of_words("dog") is None
    assert len(model.texts) == 1
    now = 61.0
    assert await vectors.of_words("dog") == [3.0]


async def test_the_latest_words_are_kept() -> None:
    model = FakeImageModel()
    vectors = ImageVectors(model)  # type: ignore[arg-type]

    for number in [*range(MAX_CACHED + 1), MAX_CACHED, 0]:
        await vectors.of_words(str(number))

    assert len(model.texts) == MAX_CACHED + 2


async def test_the_pages_of_a_search_embed_its_picture_once() -> None:
    images = FakeImageModel()
    library = fake_library(images=images)

    for picture in (JPEG, JPEG, b"another"):
        await (await library.like(picture)).find(Search())

    assert images.pictures == [JPEG, b"another"]


async def test_a_picture_takes_the_place_of_words() -> None:
    index, models = FakeIndex([hit(1), hit(2)]), FakeModels()
    library = fake_library(index, models, images=FakeImageModel())

    results = await (await library.like(JPEG)).find(Search(top=2, filters=Filters(folder="rome")))

    [query] = index.queries
    assert (query.text, query.vector, query.image_vector) == (None, None, [float(len(JPEG))])
    assert query.filter == f"({Filters(folder='rome').odata()}) and image_recipe eq 'feed'"
    assert not query.semantic
    assert paths(results.hits) == ["1.jpg", "2.jpg"]
    assert models.embedded == []


async def test_a_picture_and_words_count_both_and_the_library_itself_stays_as_it_is() -> None:
    index, images = FakeIndex(), FakeImageModel()
    library = fake_library(index, images=images)

    await (await library.like(JPEG)).find(Search(q="at night"))
    await library.find(Search(q="at night"))

    with_picture, without = index.queries
    assert (with_picture.text, with_picture.image_vector) == ("at night", [float(len(JPEG))])
    assert with_picture.vector is not None
    assert (with_picture.semantic, without.semantic) == (False, True)
    assert without.image_vector == [8.0]


@pytest.mark.parametrize(("sort", "order"), [("newest", ["2.jpg", "1.jpg"]), ("oldest", ["1.jpg", "2.jpg"])])
async def test_the_nearest_may_be_sorted_by_date(sort: Sort, order: list[str]) -> None:
    index = FakeIndex([hit(1, sorted_at="2020-01-01T00:00:00Z"), hit(2, sorted_at="2024-01-01T00:00:00Z")])

    results = await (await fake_library(index, images=FakeImageModel()).like(JPEG)).find(Search(sort=sort))

    assert index.queries[0].image_vector == [float(len(JPEG))]
    assert paths(results.hits) == order


async def test_searching_by_a_picture_without_a_model_says_what_to_set() -> None:
    with pytest.raises(BadRequest, match="set IMAGE_EMBEDDING_MODEL") as caught:
        await fake_library().like(JPEG)
    assert caught.value.code == "no_image_model"


async def test_similar_photos_are_those_that_look_alike() -> None:
    index = FakeIndex(
        [hit(1, digest="1", image_vector=[0.5], image_recipe="feed"), *(hit(n, digest=str(n)) for n in (2, 3))]
    )

    similar = await fake_library(index).similar(photo_id("1.jpg"), top=1)

    [query] = index.queries
    assert (query.vector, query.image_vector) == (None, [0.5])
    assert str(query.filter).endswith("and image_recipe eq 'feed'")
    assert paths(similar) == ["2.jpg"]


async def test_where_few_pictures_are_embedded_those_described_alike_follow() -> None:
    looks_alike = hit(2, digest="2")
    index = FakeIndex(
        [hit(1, digest="1", vector=[0.1], image_vector=[0.5], image_recipe="feed"), looks_alike, hit(3, digest="3")]
    )

    similar = await fake_library(index).similar(photo_id("1.jpg"), top=5)

    assert [(query.vector, query.image_vector) for query in index.queries] == [(None, [0.5]), ([0.1], None)]
    assert paths(similar) == ["2.jpg", "3.jpg"]
