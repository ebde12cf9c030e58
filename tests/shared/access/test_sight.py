"""What somebody sees: as a filter, of a document and of a path, all of which agree."""

import asyncio

import pytest
from hypothesis import given, strategies as st

from shared.access.caller import APP, NO_KEY, Caller, acting_for
from shared.access.folder_clauses import granted_folders
from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.roles import Role
from shared.access.rules import CLOSED, NO_RULES, Rule, Rules
from shared.access.sight import FULL, PhotosSight, current_sight, full_sight, in_full_sight
from shared.errors import Outage
from shared.photo import Photo, folder_of, photo_id
from tests.access.libraries import FOLDERS

ANNA = Caller("Anna", Role.EDITOR, "anna", frozenset({"staff"}))
FAMILY = Rules((Rule(("person:anna",), folder="family"),))
STAFF = Rules((Rule(("group:staff",), folder=""), Rule(("person:ben",), folder="family")))


def photo(path: str, *visible_to: str, version: str) -> Photo:
    return Photo(
        id=photo_id(path), path=path, folder=folder_of(path), visible_to=list(visible_to), access_version=version
    )


def test_without_rules_nothing_is_filtered() -> None:
    with acting_for(NO_KEY):
        assert current_sight() is FULL
        assert FULL.odata() is None


@pytest.mark.parametrize("caller", [APP, Caller("admin", Role.ADMIN)])
def test_admins_and_the_app_see_everything_whatever_the_rules(caller: Caller) -> None:
    put_rules_in_force(RulesInForce(CLOSED))

    with acting_for(caller):
        assert current_sight() is FULL


def test_others_see_what_documents_grant_them() -> None:
    put_rules_in_force(RulesInForce(FAMILY))

    with acting_for(ANNA):
        sight = current_sight()
    assert sight.odata() == (
        f"access_version eq '{FAMILY.version}' and visible_to/any(each: search.in(each, 'person:anna', ','))"
    )
    assert sight.sees_document(photo("family/a.jpg", "person:anna", version=FAMILY.version))
    assert not sight.sees_document(photo("family/a.jpg", version=FAMILY.version))
    assert not sight.sees_document(photo("family/a.jpg", "person:anna", version=STAFF.version))  # before it is done
    assert not sight.sees_document(photo("family/a.jpg", version=""))
    assert sight.sees("family/a.jpg")
    assert not sight.sees("a.jpg")


def test_who_is_named_by_no_rule_sees_nothing() -> None:
    put_rules_in_force(RulesInForce(FAMILY))

    with acting_for(NO_KEY):
        assert current_sight().odata() == f"access_version eq '{FAMILY.version}' and id eq ''"


def test_until_documents_follow_the_stricter_of_both_rules_holds() -> None:
    put_rules_in_force(RulesInForce(STAFF, (FAMILY,)))

    with acting_for(ANNA):
        sight = current_sight()
    assert sight.sees_document(photo("a.jpg", "group:staff", version=STAFF.version))
    assert not sight.sees_document(photo("a.jpg", version=FAMILY.version))  # the earlier rules do not grant it
    assert not sight.sees_document(photo("family/a.jpg", "person:anna", version=FAMILY.version))  # nor these
    assert not sight.sees("a.jpg")
    assert not sight.sees("family/a.jpg")


def test_when_rules_go_their_grants_hold_until_documents_have_lost_them() -> None:
    put_rules_in_force(RulesInForce(NO_RULES, (FAMILY,)))

    with acting_for(ANNA):
        sight = current_sight()
    assert sight.sees_document(photo("family/a.jpg", "person:anna", version=FAMILY.version))
    assert not sight.sees_document(photo("a.jpg", version=FAMILY.version))
    assert sight.sees_document(photo("a.jpg", version=""))


def test_a_caller_with_a_sight_of_their_own_sees_that_whatever_the_rules() -> None:
    shared = PhotosSight(frozenset({photo_id("a.jpg")}), "share 1")
    put_rules_in_force(RulesInForce(CLOSED))

    with acting_for(Caller("share 1", Role.VIEWER, sight=shared)):
        assert current_sight() is shared
    assert shared.odata() == f"search.in(id, '{photo_id('a.jpg')}', ',')"
    assert shared.sees("a.jpg")
    assert not shared.sees("b.jpg")
    assert not shared.sees_folder("")
    assert not shared.sees_within("")
    assert PhotosSight(frozenset(), "share 2").odata() == "id eq ''"


def test_rules_that_were_never_read_hide_everything_with_an_error() -> None:
    put_rules_in_force(RulesInForce(is_known=False))

    with acting_for(ANNA), pytest.raises(Outage, match="cannot be read now"):
        current_sight()
    assert current_sight() is FULL


async def test_the_app_looks_at_everything_for_its_own_ends() -> None:
    put_rules_in_force(RulesInForce(FAMILY))

    @in_full_sight
    async def looking() -> bool:
        await asyncio.sleep(0)
        return current_sight() is FULL

    with acting_for(ANNA):
        assert await looking()
        assert current_sight() is not FULL
        with full_sight():
            assert current_sight() is FULL


@given(
    folders=st.dictionaries(st.sampled_from(FOLDERS), st.frozensets(st.sampled_from(("x", "y")))),
    principals=st.frozensets(st.sampled_from(("x", "z"))),
)
def test_the_clauses_of_folders_say_what_the_rules_say(
    folders: dict[str, frozenset[str]], principals: frozenset[str]
) -> None:
    rules = Rules(tuple(Rule(tuple(see), folder=folder) for folder, see in folders.items()))

    visible = {folder for folder in FOLDERS if folders and rules.shows_folder(folder, principals)}

    assert {folder for folder in FOLDERS if passes(granted_folders(rules.folders, principals), folder)} == visible


def passes(odata: str, folder: str) -> bool:
    """Whether a photo of a folder passes a filter of these few operators."""
    python = odata.replace(" eq ", " == ").replace(" ne ", " != ").replace(" ge ", " >= ").replace(" lt ", " < ")
    return bool(eval(python, {"id": "1", "folder": folder}))  # noqa: S307 - of our own making
