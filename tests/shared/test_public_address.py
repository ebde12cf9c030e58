"""PUBLIC_URL and BASE_PATH: what they may be, and what follows."""

import pytest

from shared.errors import SettingsError
from shared.photo import links
from shared.public_address import PublicAddress, parse_public_address, public_address
from shared.settings import load

REQUIRED = {
    "PhotoStorage": "UseDevelopmentStorage=true",
    "OPENAI_BASE_URL": "http://models/v1",
    "CAPTION_MODEL": "a",
    "CHAT_MODEL": "b",
    "EMBEDDING_MODEL": "c",
    "EMBEDDING_DIMENSIONS": "2",
    "AZURE_SEARCH_ENDPOINT": "http://search",
}


@pytest.mark.parametrize(
    ("url", "path", "origin", "base_path", "host"),
    [
        ("", "", "", "", ""),
        ("https://Photos.Example.org/", "", "https://photos.example.org", "", "photos.example.org"),
        ("https://example.org:443/photos/", "", "https://example.org", "/photos", "example.org"),
        ("http://nas:8080", "photos", "http://nas:8080", "/photos", "nas"),
        ("https://example.org/a/b.c", "/a/b.c/", "https://example.org", "/a/b.c", "example.org"),
        ("https://[FE80::1]:8443", "", "https://[fe80::1]:8443", "", "[fe80::1]"),
        ("", "/photos", "", "/photos", ""),
        ("https://example.org", "/", "https://example.org", "", "example.org"),
    ],
)
def test_an_address_is_read_as_browsers_write_it(url: str, path: str, origin: str, base_path: str, host: str) -> None:
    address = parse_public_address(url, path)

    assert (address.origin, address.base_path, address.host) == (origin, base_path, host)
    assert address.url == origin + base_path
    assert address.is_https == origin.startswith("https:")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("PUBLIC_URL", value)
            for value in (
                "example.org", "ftp://example.org", "https://", "https://a b", "https://example.org/?x=1",
                "https://example.org/#x", "https://me:secret@example.org", "https://example.org/../x",
                "https://example.org:x", "https://example.org/a//b", 'https://example.org/"><script>', "https://[::1",
            )
        ),
        *(("BASE_PATH", value) for value in ("/a//b", "/a/../b", "/.", "/a b", "/%41", '/"x', "//x/y?", "/a?b")),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name_and_believed_nowhere(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"the app settings need attention: {name}: use ") as raised:
        load(REQUIRED | {name: value})

    assert "secret" not in str(raised.value)
    assert public_address({name: value}) == PublicAddress()


def test_two_paths_that_differ_are_refused() -> None:
    with pytest.raises(SettingsError, match="BASE_PATH: it is /b, but PUBLIC_URL ends in /a"):
        load(REQUIRED | {"PUBLIC_URL": "https://example.org/a", "BASE_PATH": "/b"})


@pytest.mark.parametrize(
    ("settings", "beginning"),
    [
        ({}, ""),
        ({"BASE_PATH": "/photos"}, "/photos"),
        ({"PUBLIC_URL": "https://example.org/photos"}, "https://example.org/photos"),
    ],
)
def test_links_begin_with_the_address(
    settings: dict[str, str], beginning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert links("a")["original"] == f"{beginning}/api/photos/a/original"
