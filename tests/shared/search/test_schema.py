"""The index definition, and when an existing index fits it."""

from copy import deepcopy
from typing import Any

import pytest

from shared.errors import SettingsError
from shared.search.schema import check_agreement, differences, index_definition, ranks_the_same

OURS = index_definition("photos", 384)


def field(name: str) -> dict[str, Any]:
    [one] = [each for each in OURS["fields"] if each["name"] == name]
    return dict(one)


def changed(name: str, **changes: Any) -> dict[str, Any]:
    theirs = deepcopy(OURS)
    [one] = [each for each in theirs["fields"] if each["name"] == name]
    one.update(changes)
    return theirs


def test_each_field_says_how_it_is_indexed() -> None:
    assert field("id") == {
        "name": "id",
        "type": "Edm.String",
        "key": True,
        "retrievable": True,
        "searchable": False,
        "filterable": True,
        "sortable": True,
        "facetable": False,
    }
    assert field("caption")["analyzer"] == "en.lucene"
    assert field("vector")["vectorSearchProfile"] == "vectors"
    assert (field("vector")["dimensions"], field("vector")["stored"]) == (384, True)
    assert "analyzer" not in field("path")
    assert "dimensions" not in field("path")


def test_vectors_are_compared_by_cosine() -> None:
    search = OURS["vectorSearch"]

    assert search["algorithms"][0]["hnswParameters"] == {"metric": "cosine"}
    assert search["profiles"] == [{"name": "vectors", "algorithm": search["algorithms"][0]["name"]}]


def test_an_index_with_our_fields_fits_whatever_else_it_has() -> None:
    check_agreement(OURS, OURS)
    check_agreement(OURS, {"fields": [*OURS["fields"], {"name": "mine", "type": "Edm.Int32"}]})
    check_agreement(OURS, {"fields": [each for each in OURS["fields"] if each["name"] != "lens"]})
    check_agreement(OURS, changed("caption", analyzer="de.lucene"))


def ranked_by(*names: str) -> dict[str, Any]:
    theirs = deepcopy(OURS)
    [configuration] = theirs["semantic"]["configurations"]
    configuration["prioritizedFields"]["prioritizedContentFields"] = [{"fieldName": name} for name in names]
    return theirs


def test_the_ranker_reads_the_same_fields_in_the_same_order() -> None:
    theirs = deepcopy(OURS)
    theirs["semantic"]["configurations"][0]["rankingOrder"] = "BoostedRerankerScore"
    theirs["semantic"]["configurations"].append({"name": "mine", "prioritizedFields": {}})

    assert ranks_the_same(OURS, theirs)
    assert not ranks_the_same(OURS, ranked_by("caption", "text_in_photo"))
    assert not ranks_the_same(OURS, {"fields": OURS["fields"], "semantic": None})


def test_a_field_of_another_type_is_named() -> None:
    with pytest.raises(SettingsError, match=r"the index 'photos' does not fit: people is Edm.String instead of Edm.In"):
        check_agreement(OURS, changed("people", type="Edm.String"))


def test_another_vector_length_names_the_setting_and_the_way_out() -> None:
    with pytest.raises(SettingsError) as raised:
        check_agreement(OURS, changed("vector", dimensions=1536))

    assert "vectors have 1536 numbers, EMBEDDING_DIMENSIONS is 384" in str(raised.value)
    assert "AZURE_SEARCH_INDEX" in str(raised.value)


def test_vectors_of_pictures_have_a_field_only_where_there_is_a_model() -> None:
    with_model = index_definition("photos", 384, image_dimensions=1024)
    [added] = [each for each in with_model["fields"] if each not in OURS["fields"]]

    assert (added["name"], added["dimensions"], added["vectorSearchProfile"]) == ("image_vector", 1024, "vectors")
    check_agreement(with_model, OURS)
    check_agreement(OURS, with_model)
    with pytest.raises(SettingsError) as raised:
        check_agreement(index_definition("photos", 384, image_dimensions=256), with_model)
    assert "its vectors of pictures have 1024 numbers, IMAGE_EMBEDDING_DIMENSIONS is 256" in str(raised.value)
    assert "Set AZURE_SEARCH_INDEX to a new name" in str(raised.value)


def test_all_clashes_are_named_at_once() -> None:
    theirs = changed("people", type="Edm.String")
    theirs["fields"] = [each | {"dimensions": 2} if each["name"] == "vector" else each for each in theirs["fields"]]

    with pytest.raises(SettingsError, match=r"people is .*; its vectors have 2 numbers"):
        check_agreement(OURS, theirs)


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("path", "searchable"),
        ("tags", "filterable"),
        ("taken_at", "sortable"),
        ("camera", "facetable"),
        ("vector", "retrievable"),
    ],
)
def test_what_a_field_cannot_do_is_named_with_the_way_out(name: str, attribute: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name} is not {attribute}\. Set AZURE_SEARCH_INDEX to a new name"):
        check_agreement(OURS, changed(name, **{attribute: False}))


def test_a_field_that_can_do_more_fits() -> None:
    check_agreement(OURS, changed("caption", filterable=True, sortable=True))


def test_another_analyzer_or_metric_is_named_and_hinders_nothing() -> None:
    theirs = changed("caption", analyzer="de.lucene")
    theirs["vectorSearch"]["algorithms"][0]["hnswParameters"]["metric"] = "dotProduct"

    analyzer, metric = differences(OURS, theirs)

    assert analyzer.startswith(
        "in the index 'photos' caption is cut into terms by de.lucene instead of en.lucene, which"
    )
    assert "vectors are compared by dotProduct instead of cosine, which cannot be changed in place. `python" in metric


def test_an_index_of_the_same_kind_does_not_differ_however_the_service_writes_it() -> None:
    theirs = deepcopy(OURS)
    for each in theirs["fields"]:
        each.setdefault("analyzer", None)
    theirs["vectorSearch"]["algorithms"][0]["hnswParameters"] = {"metric": None, "m": 4}

    assert differences(OURS, theirs) == []
    assert differences(OURS, {"fields": []}) == []
