"""The server of map tiles."""

import pytest

from shared.map_tiles import parse_map_tiles, tile_origin


def test_the_policy_names_exactly_the_origin_of_the_server() -> None:
    template = parse_map_tiles("https://tiles.example.org:8443/a/{z}/{x}/{y}@2x.png?key=secret")

    assert tile_origin(template) == "https://tiles.example.org:8443"
    assert tile_origin("") == ""


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("https://tiles.example.org/{z}/{x}.png", "{y} is missing"),
        ("tiles.example.org/{z}/{x}/{y}.png", "https://"),
        ("https://{s}.example.org/{z}/{x}/{y}.png", "one server"),
        ("https://me:secret@example.org/{z}/{x}/{y}.png", "one server"),
        ("https://example.org;script-src/{z}/{x}/{y}.png", "one server"),
        ("https://*/{z}/{x}/{y}.png", "one server"),
        ("javascript:/{z}/{x}/{y}", "https://"),
        ("https://example.org/{z}/{x}/{y} .png", "blanks"),
    ],
)
def test_another_address_is_refused_with_a_reason(template: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_map_tiles(template)
