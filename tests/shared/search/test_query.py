"""A query as the REST API takes it."""

from shared.photo import STORED
from shared.search.query import SEARCHABLE_TEXT, IndexQuery, request_body


def test_a_query_of_nothing_lists_everything() -> None:
    assert request_body(IndexQuery(), semantic=False) == {
        "count": True,
        "top": 10,
        "skip": 0,
        "select": ",".join(STORED),
        "search": "*",
    }


def test_a_listing_has_its_filter_order_facets_and_page() -> None:
    query = IndexQuery(
        filter="people gt 1", order_by=["taken_at desc", "id"], facets=["tags,count:5"], top=3, skip=6, fields=["id"]
    )

    body = request_body(query, semantic=False)

    assert body == {
        "count": True,
        "filter": "people gt 1",
        "orderby": "taken_at desc,id",
        "facets": ["tags,count:5"],
        "top": 3,
        "skip": 6,
        "select": "id",
        "search": "*",
    }


def test_any_word_is_enough_unless_all_must_match() -> None:
    body = request_body(IndexQuery(text="dog"), semantic=False)

    assert (body["search"], body["searchMode"]) == ("dog", "any")
    assert body["searchFields"] == ",".join(SEARCHABLE_TEXT)
    assert body["highlight"] == "title,caption,text_in_photo,tags"
    assert "vectorQueries" not in body
    assert request_body(IndexQuery(text="dog", match_all=True), semantic=False)["searchMode"] == "all"


def test_text_is_searched_in_every_searchable_field_but_the_vector() -> None:
    assert {"path", "title", "caption", "tags", "keywords", "city"} <= set(SEARCHABLE_TEXT)
    assert not {"vector", "image_vector", "folder", "has_text", "id", "digest"} & set(SEARCHABLE_TEXT)


def test_a_vector_alone_searches_no_text() -> None:
    body = request_body(IndexQuery(vector=(0.5, 0.25), weight=2.0, candidates=7), semantic=False)

    assert not {"search", "debug"} & set(body)
    [vector] = body["vectorQueries"]
    assert vector == {"kind": "vector", "vector": [0.5, 0.25], "k": 7, "fields": "vector", "weight": 2.0}


def test_words_may_be_compared_with_pictures_as_well() -> None:
    body = request_body(
        IndexQuery(text="dog", vector=[0.5], image_vector=[0.1, 0.2], candidates=7, weight=2.0), semantic=False
    )

    both = [(each["fields"], each["vector"], each["k"], each["weight"]) for each in body["vectorQueries"]]
    assert both == [("vector", [0.5], 7, 2.0), ("image_vector", [0.1, 0.2], 7, 2.0)]
    assert body["debug"] == "vector"


def test_a_picture_alone_searches_no_text() -> None:
    body = request_body(IndexQuery(image_vector=[0.1, 0.2]), semantic=False)

    assert not {"search", "debug"} & set(body)
    assert [each["fields"] for each in body["vectorQueries"]] == ["image_vector"]


def test_text_and_vector_make_a_hybrid_query() -> None:
    body = request_body(IndexQuery(text="dog", vector=[0.5, 0.25], with_vector=True, fields=["id"]), semantic=False)

    assert body["search"] == "dog"
    assert body["vectorQueries"][0]["weight"] == 1.0
    assert body["debug"] == "vector"
    assert body["select"] == "id,vector"


def test_the_semantic_ranker_is_asked_for_passages_and_may_answer_in_part() -> None:
    body = request_body(IndexQuery(text="dog"), semantic=True)

    assert {name: body[name] for name in body if name not in request_body(IndexQuery(text="dog"), semantic=False)} == {
        "queryType": "semantic",
        "semanticConfiguration": "photos",
        "captions": "extractive",
        "answers": "extractive|count-3",
        "semanticErrorHandling": "partial",
    }


def test_the_fields_for_languages_are_searched_where_all_are() -> None:
    everywhere = request_body(IndexQuery(text="dog"), semantic=False, languages=["described_de"])
    somewhere = request_body(IndexQuery(text="dog", search_fields=["path"]), semantic=False, languages=["described_de"])

    assert everywhere["searchFields"].endswith(",folded_words,described_de")
    assert somewhere["searchFields"] == "path"


def test_the_ranker_reads_what_was_typed_and_a_plain_query_asks_for_hits_alone() -> None:
    query = IndexQuery(text="café cafe", semantic_text="café", plain=True)

    ranked, keywords = (request_body(query, semantic=semantic) for semantic in (True, False))

    assert (ranked["search"], ranked["semanticQuery"]) == ("café cafe", "café")
    assert "semanticQuery" not in keywords
    assert not {"count", "highlight"} & keywords.keys()


def test_highlights_can_be_left_out_alone() -> None:
    body = request_body(IndexQuery(text="cafe", highlights=False), semantic=False)

    assert "highlight" not in body
    assert body["count"]
