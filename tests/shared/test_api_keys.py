"""Keys of our own: their form, what is kept of them, and how API_KEYS is written."""

import re

import pytest

from shared.api_keys import ApiKey, digest_key, find_key, generate_key, is_mistyped, parse_keys


def test_a_key_is_long_its_own_and_easily_recognised() -> None:
    keys = {generate_key() for _ in range(200)}

    assert len(keys) == 200
    assert all(re.fullmatch(r"photos_[0-9A-Za-z]{49}", each) and not is_mistyped(each) for each in keys)


def test_any_slip_of_the_pen_is_noticed() -> None:
    key = generate_key()
    for at in range(len("photos_"), len(key)):
        other = "a" if key[at] != "a" else "b"
        assert is_mistyped(key[:at] + other + key[at + 1 :])
        assert is_mistyped(key[:at])
    assert is_mistyped(key + "a")
    assert is_mistyped("photos_\udcff")
    assert not is_mistyped("a key by somebody else")


def test_a_key_is_found_by_its_digest_and_all_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [ApiKey(f"k{n}", "read", digest_key(f"key {n}")) for n in range(5)]
    compared: list[str] = []

    def compare(one: str, other: str) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare)

    assert find_key(digest_key("key 0"), keys) == keys[0]
    assert compared == [each.digest for each in keys]
    assert find_key(digest_key("key 9"), keys) is None


def test_the_setting_gives_names_rights_and_digests() -> None:
    one, other = "a" * 32, "b:" * 20
    assert parse_keys(f"phone:read:{one}, my.app-2:full:{other}") == (
        ApiKey("phone", "read", digest_key(one)),
        ApiKey("my.app-2", "full", digest_key(other)),
    )


WRONG = [
    "",
    "secret" * 9,
    "a:write:" + "k" * 40,
    "a b:read:" + "k" * 40,
    ":read:" + "k" * 40,
    "a:read:short",
    "a:read:" + "é" * 40,
    "a:read:" + "k " * 40,
    f"a:read:{'k' * 40},",
    f"a:read:{'k' * 40},a:full:{'l' * 40}",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_setting_that_is_wrong_is_refused_without_repeating_a_key(text: str) -> None:
    with pytest.raises(ValueError, match="key") as error:
        parse_keys(text)
    assert not re.search(r"secretsecret|kkk|k k|llll", str(error.value))
