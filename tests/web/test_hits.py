"""Hits as HTTP callers see them."""

from dataclasses import replace

from shared.photo import Photo
from tests.query.fakes import hit
from web.hits import hit_records


def test_a_hit_is_the_record_of_its_photo_and_why_it_is_there() -> None:
    one = replace(
        hit(1, score=0.5, title="A dog"),
        source="hybrid",
        highlights={"title": ["A <em>dog</em>"]},
        passage="a dog",
        alike=(Photo(id="b", path="2.jpg", title="A dog", alt_text="A brown dog", caption_language="en"),),
    )

    assert hit_records([one]) == [
        one.photo.record()
        | {
            "score": 0.5,
            "ranked_by": "hybrid",
            "likely": True,
            "highlights": {"title": ["A <em>dog</em>"]},
            "passage": "a dog",
            "alike": [
                {"id": "b", "path": "2.jpg", "title": "A dog", "alt_text": "A brown dog", "caption_language": "en"}
            ],
        }
    ]


def test_the_score_is_the_rankers_where_it_ranked() -> None:
    assert [each["score"] for each in hit_records([hit(1, score=9, reranker=0.0), hit(2, score=9)])] == [0.0, 9]
