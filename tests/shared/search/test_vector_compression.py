"""What an index definition says of compressed vectors, and what is said of an index that has others."""

import pytest
from azure.search.documents.indexes.models import SearchIndex

from shared.search.schema import differences, index_definition
from shared.search.vector_compression import COMPRESSIONS, VectorCompression, compression_of
from shared.settings import Settings
from tests.shared.test_settings import GOOD


@pytest.mark.parametrize("compression", ["scalar", "binary"])
def test_all_vectors_are_compressed_and_scored_again(compression: VectorCompression) -> None:
    definition = index_definition("photos", 384, image_dimensions=8, compression=compression)

    [profile] = definition["vectorSearch"]["profiles"]
    [compressed] = definition["vectorSearch"]["compressions"]
    kind, oversampling = COMPRESSIONS[compression]
    assert profile["compression"] == compressed["name"]
    assert compressed["kind"] == kind
    assert compressed["rescoringOptions"] == {
        "enableRescoring": True,
        "defaultOversampling": oversampling,
        "rescoreStorageMethod": "preserveOriginals",
    }
    as_the_service_answers = SearchIndex(definition).as_dict()
    assert [compression_of(as_the_service_answers, each) for each in ("vector", "image_vector")] == [compression] * 2


def test_vectors_are_whole_without_the_setting() -> None:
    assert "compressions" not in index_definition("photos", 384)["vectorSearch"]
    assert Settings.model_validate(GOOD).vector_compression == "none"


def test_another_compression_is_said_with_the_way_there() -> None:
    whole, bits = index_definition("photos", 384), index_definition("photos", 384, compression="binary")

    [said] = differences(bits, whole)
    [other_way_round] = differences(whole, bits)

    assert "vectors are compressed by none instead of binary (VECTOR_COMPRESSION)" in said
    assert "`python -m ingest migrate --to NAME`" in said
    assert "by binary instead of none" in other_way_round
    assert differences(bits, bits) == []
