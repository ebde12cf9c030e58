"""Citations as annotations."""

from query.chat.annotations import flat_url_citations, url_citations

PHOTOS = [{"id": "a1", "title": "A dog", "path": "1.jpg"}, {"id": "b2", "title": "", "path": "2.jpg"}]


def test_each_marker_has_its_place_in_characters_and_the_address_of_its_photo() -> None:
    text = "🐕 A dog [1], again [2][1], and [3]."

    annotations = url_citations(text, PHOTOS, "https://photos.example/")

    spans = [each["url_citation"] for each in annotations]
    assert [text[each["start_index"] : each["end_index"]] for each in spans] == ["[1]", "[2]", "[1]"]
    assert [(each["url"], each["title"]) for each in spans[:2]] == [
        ("https://photos.example/?photo=a1", "A dog"),
        ("https://photos.example/?photo=b2", "2.jpg"),
    ]


def test_the_responses_api_has_them_flat() -> None:
    assert flat_url_citations("[1]", PHOTOS, "http://app/") == [
        {"type": "url_citation", "start_index": 0, "end_index": 3, "url": "http://app/?photo=a1", "title": "A dog"}
    ]
