"""Rules of who sees which photos: what they grant, and what is wrong with them."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from shared.access.caller import APP, FUNCTION_KEY, NO_KEY, Caller
from shared.access.roles import Role
from shared.access.rules import CLOSED, NO_RULES, Rules, parse_rules, principal_of, principals_of, rules_record
from tests.access.libraries import COLLECTIONS, PATHS, LibraryPhoto, Person, grants_by_hand, rules

STAFF, ANNA = "group:staff", "person:anna"
C = "c" * 32


def parsed(*records: dict[str, Any]) -> Rules:
    return parse_rules(json.dumps({"rules": records}).encode())


def test_the_rule_of_the_longest_folder_counts_alone() -> None:
    some = parsed(
        {"folder": "", "see": ["everyone"]},
        {"folder": "family", "see": [ANNA]},
        {"folder": "family/party", "see": [STAFF]},
    )

    assert some.grants_of("a.jpg") == some.grants_of("familys/a.jpg") == ("everyone",)
    assert some.grants_of("family/a.jpg") == some.grants_of("family/x/a.jpg") == (ANNA,)
    assert some.grants_of("family/party/2024/a.jpg") == (STAFF,)


def test_collections_add_to_what_the_folder_grants() -> None:
    some = parsed({"folder": "family", "see": [ANNA]}, {"collection": C, "see": [STAFF, "everyone"]})

    assert some.grants_of("family/a.jpg", [C, "other"]) == ("everyone", STAFF, ANNA)
    assert some.grants_of("a.jpg", [C]) == ("everyone", STAFF)
    assert some.grants_of("a.jpg") == ()


def test_without_rules_everybody_sees_everything_and_with_them_what_is_not_granted_is_hidden() -> None:
    assert NO_RULES.shows("a.jpg", (), ())
    assert parsed() == NO_RULES
    assert not parsed({"folder": "family", "see": ["everyone"]}).shows("a.jpg", (), {"everyone"})
    assert not CLOSED.shows("a.jpg", (), {"everyone"})


def test_accents_are_the_same_however_they_are_written() -> None:
    assert parsed({"folder": "cafe\u0301", "see": [ANNA]}).grants_of("caf\xe9/a.jpg") == (ANNA,)
    assert parsed({"folder": "caf\xe9", "see": [ANNA]}).grants_of("cafe\u0301/a.jpg") == (ANNA,)


@given(rules=rules(), path=st.sampled_from(PATHS), collections=st.sets(st.sampled_from(COLLECTIONS)), data=st.data())
def test_what_is_granted_is_what_the_rules_say(
    rules: tuple[dict[str, Any], ...], path: str, collections: set[str], data: st.DataObject
) -> None:
    groups = data.draw(st.frozensets(st.sampled_from(("g1", "g2"))))
    person = Person(data.draw(st.sampled_from(("p1", "p3"))), groups)
    photo = LibraryPhoto(path, "indexed", tuple(collections))

    assert parsed(*rules).shows(path, collections, person.names) == grants_by_hand(rules, photo, person)


def test_equal_rules_have_the_same_version_in_whatever_order() -> None:
    one, other = {"folder": "a", "see": [ANNA, STAFF]}, {"collection": C, "see": []}

    assert parsed(one, other).version == parsed(other, {"folder": "a", "see": [STAFF, ANNA]}).version
    assert len({parsed(one).version, parsed(other).version, NO_RULES.version, CLOSED.version}) == 4


def test_rules_are_read_as_they_are_written() -> None:
    records = [{"folder": "", "see": ["everyone"]}, {"collection": C, "see": [STAFF, "key:robot"]}]

    assert rules_record(parsed(*records)) == {"rules": records}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "this is not JSON"),
        (b"\xff", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (b"[]", "this has no list of rules: write"),
        (b'{"rules": {}}', "this has no list of rules: write"),
        (b'{"rules": [], "more": 1}', "this has no list of rules: write"),
        (b'{"rules": [1]}', "rule 1 must have a folder or a collection"),
        (b'{"rules": [{"see": []}]}', "rule 1 must have a folder or a collection"),
        (b'{"rules": [{"folder": "a", "collection": "b", "see": []}]}', "rule 1 must have a folder or a collection"),
        (b'{"rules": [{"folder": "a", "see": [], "hide": []}]}', "rule 1 must have a folder or a collection"),
        (b'{"rules": [{"folder": "a"}]}', "rule 1 must say in `see` who sees it"),
        (b'{"rules": [{"folder": "a", "see": "everyone"}]}', "rule 1 must say in `see` who sees it"),
        (b'{"rules": [{"folder": "a", "see": ["anna"]}]}', "rule 1: 'anna' is nobody: write everyone, group:ID"),
        (b'{"rules": [{"folder": "a", "see": ["group:a,b"]}]}', "rule 1: 'group:a,b' is nobody"),
        (b'{"rules": [{"folder": "a", "see": ["key:\'x"]}]}', "is nobody"),
        (b'{"rules": [{"folder": 1, "see": []}]}', "rule 1: '1' is not a folder"),
        (b'{"rules": [{"folder": "a//b", "see": []}]}', "rule 1: 'a//b' is not a folder"),
        (b'{"rules": [{"folder": "../a", "see": []}]}', "is not a folder"),
        (b'{"rules": [{"folder": "a\\u0000", "see": []}]}', "is not a folder"),
        (b'{"rules": [{"folder": "\\ud800", "see": []}]}', "is not a folder"),
        (b'{"rules": [{"collection": "Summer", "see": []}]}', "rule 1: 'Summer' is not the id of a collection"),
        (
            b'{"rules": [{"folder": "a", "see": []}, {"folder": "a/", "see": []}]}',
            "rule 2 is of the same folder as rule 1",
        ),
        (b" " * 500_001, "the rules have 500,001 bytes"),
    ],
)
def test_what_is_wrong_is_said_with_the_rule_and_what_to_do(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse_rules(content)

    assert message in str(raised.value)


def test_a_person_is_named_by_id_and_groups_and_a_key_by_its_name() -> None:
    anna = Caller("Anna", Role.VIEWER, "1", frozenset({"staff"}))

    assert principals_of(anna) == {"everyone", "person:1", "group:staff"}
    assert principals_of(Caller("robot", Role.VIEWER)) == {"everyone", "key:robot"}
    assert principals_of(NO_KEY) == principals_of(FUNCTION_KEY) == {"everyone"}
    assert [principal_of(each) for each in (anna, Caller("robot", Role.VIEWER), NO_KEY)] == [
        "person:1",
        "key:robot",
        "",
    ]
    assert principal_of(APP) != "person:1"
