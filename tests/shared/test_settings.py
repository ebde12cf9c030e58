"""Settings: checked together, every gap named at once."""

import pytest

from shared import storage
from shared.access.roles import Role
from shared.errors import SettingsError
from shared.settings import CONTAINER, OWN_CONTAINERS, Settings, load
from shared.stores import (
    api_keys,
    audit,
    caption_batches,
    collections,
    descriptions,
    edits,
    exports,
    failures,
    feedback,
    jobs,
    limitations,
    moves,
    proposals,
    shares,
    spending,
    tickets,
    trash,
    usage,
)

GOOD = {
    "PhotoStorage": "UseDevelopmentStorage=true",
    "OPENAI_BASE_URL": "http://127.0.0.1:7073/v1/",
    "OPENAI_API_KEY": "secret-of-the-model",
    "CAPTION_MODEL": "vision",
    "CHAT_MODEL": "chat",
    "EMBEDDING_MODEL": "embedding",
    "EMBEDDING_DIMENSIONS": "384",
    "AZURE_SEARCH_ENDPOINT": "http://127.0.0.1:7072",
}


NO_CONTAINERS = ("ab", "a" * 64, "a--b", "-ab", "ab-", "a_b", "a.b", "a b", "Ab1", "$web", "ä12")


def test_good_settings_load_with_sound_defaults() -> None:
    settings = load(GOOD)

    assert settings.container == "photos"
    assert settings.openai_url == "http://127.0.0.1:7073/v1"
    assert settings.max_photo_bytes == 50_000_000
    assert settings.max_raw_bytes == 250_000_000
    assert settings.max_photo_pixels == 250_000_000


def test_every_missing_setting_is_named_in_one_message() -> None:
    with pytest.raises(SettingsError) as raised:
        load({})

    for name in (*GOOD, "PhotoStorage__blobServiceUri"):
        if name not in {"OPENAI_API_KEY"}:
            assert name in str(raised.value)


def test_every_malformed_setting_is_named_in_one_message() -> None:
    with pytest.raises(SettingsError) as raised:
        load(GOOD | {"EMBEDDING_DIMENSIONS": "many", "SEMANTIC_RANKER": "maybe", "AZURE_SEARCH_ENDPOINT": "search"})

    assert all(
        name in str(raised.value) for name in ("EMBEDDING_DIMENSIONS", "SEMANTIC_RANKER", "AZURE_SEARCH_ENDPOINT")
    )


def test_an_empty_setting_counts_as_absent() -> None:
    assert load(GOOD | {"PREVIEW_SIDE": " "}).preview_side == 1024


def test_storage_may_be_named_by_two_addresses_instead_of_a_connection_string() -> None:
    named = {name: value for name, value in GOOD.items() if name != "PhotoStorage"}
    addresses = {
        "PhotoStorage__blobServiceUri": "https://a.blob.core.windows.net",
        "PhotoStorage__queueServiceUri": "https://a.queue.core.windows.net",
    }

    assert load(named | addresses).photo_storage is None
    with pytest.raises(SettingsError, match="PhotoStorage"):
        load(named | dict(list(addresses.items())[:1]))


def test_secrets_do_not_show() -> None:
    assert "secret-of-the-model" not in repr(load(GOOD))


def test_the_defaults() -> None:
    settings = load(GOOD)

    assert (settings.search_index, settings.image_detail, settings.temperature) == ("photos", "high", None)
    assert (settings.max_photo_bytes, settings.max_photo_pixels, settings.max_photo_frames) == (
        50_000_000,
        250_000_000,
        10_000,
    )
    assert (settings.preview_side, settings.thumbnail_side, settings.memory_budget) == (1024, 320, 400_000_000)
    assert (settings.captions_per_day, settings.link_minutes, settings.vector_weight) == (0, 15, 65.0)
    assert (settings.semantic_ranker, settings.store_location) == (True, True)


IMAGE_MODEL = {"IMAGE_EMBEDDING_MODEL": "embed-v-4-0", "IMAGE_EMBEDDING_ENDPOINT": "https://x.example/models/"}


def test_an_image_model_needs_the_address_of_its_server_and_nothing_else() -> None:
    settings = load(GOOD | IMAGE_MODEL)

    assert (settings.image_api, settings.image_endpoint, settings.image_dimensions, settings.image_key) == (
        *("foundry", "https://x.example/models", 1024),
        None,
    )
    assert load(GOOD).image_model == ""
    with pytest.raises(SettingsError, match=r"IMAGE_EMBEDDING_ENDPOINT is missing: .* or remove IMAGE_EMBEDDING_MODEL"):
        load(GOOD | {"IMAGE_EMBEDDING_MODEL": "embed-v-4-0"})


def test_the_length_of_azure_visions_vectors_is_no_choice() -> None:
    vision = IMAGE_MODEL | {"IMAGE_EMBEDDING_API": "vision"}

    assert load(GOOD | vision | {"IMAGE_EMBEDDING_DIMENSIONS": "1024"}).image_dimensions == 1024
    with pytest.raises(SettingsError, match="the vectors of Azure Vision have 1024 numbers"):
        load(GOOD | vision | {"IMAGE_EMBEDDING_DIMENSIONS": "1536"})


def test_without_an_image_model_its_other_settings_may_stay() -> None:
    assert load(GOOD | {"IMAGE_EMBEDDING_API": "vision", "IMAGE_EMBEDDING_DIMENSIONS": "7"}).image_model == ""


@pytest.mark.parametrize(("text", "value"), [("on", True), ("off", False), (" off ", False)])
def test_switches_are_on_or_off(text: str, value: bool) -> None:
    assert load(GOOD | {"SEMANTIC_RANKER": text}).semantic_ranker is value


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("SEMANTIC_RANKER", "true", "SEMANTIC_RANKER: use on or off"),
        ("STORE_LOCATION", "1", "STORE_LOCATION: use on or off"),
        ("PHOTO_CONTAINER", "Photos", "PHOTO_CONTAINER"),
        *(
            ("PHOTO_CONTAINER", name, "PHOTO_CONTAINER: Azure wants 3 to 63 lower-case letters")
            for name in NO_CONTAINERS
        ),
        ("PHOTO_CONTAINER", "photo-derived", "PHOTO_CONTAINER: photo-derived is a container of the app's own"),
        ("PHOTO_CONTAINER", "azure-webjobs-hosts", "PHOTO_CONTAINER: azure-webjobs-hosts is a container"),
        ("AZURE_SEARCH_INDEX", "-photos", "AZURE_SEARCH_INDEX"),
        ("OPENAI_BASE_URL", "ftp://x", "OPENAI_BASE_URL"),
        ("EMBEDDING_DIMENSIONS", "1", "EMBEDDING_DIMENSIONS"),
        ("EMBEDDING_DIMENSIONS", "4097", "EMBEDDING_DIMENSIONS"),
        ("IMAGE_DETAIL", "huge", "IMAGE_DETAIL"),
        ("TEMPERATURE", "2.1", "TEMPERATURE"),
        ("TEMPERATURE", "-0.1", "TEMPERATURE"),
        ("VECTOR_WEIGHT", "0", "VECTOR_WEIGHT"),
        ("MAX_PHOTO_BYTES", "0", "MAX_PHOTO_BYTES"),
        ("MAX_PHOTO_PIXELS", "0", "MAX_PHOTO_PIXELS"),
        ("MAX_PHOTO_FRAMES", "0", "MAX_PHOTO_FRAMES"),
        ("MEMORY_BUDGET_BYTES", "0", "MEMORY_BUDGET_BYTES"),
        ("PREVIEW_SIDE", "63", "PREVIEW_SIDE"),
        ("PREVIEW_SIDE", "4097", "PREVIEW_SIDE"),
        ("THUMBNAIL_SIDE", "31", "THUMBNAIL_SIDE"),
        ("THUMBNAIL_SIDE", "1025", "THUMBNAIL_SIDE"),
        ("CAPTIONS_PER_DAY", "-1", "CAPTIONS_PER_DAY"),
        ("LINK_MINUTES", "0", "LINK_MINUTES"),
        ("LINK_MINUTES", "1441", "LINK_MINUTES"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(name: str, value: str, fault: str) -> None:
    with pytest.raises(SettingsError, match=f"the app settings need attention: {fault}"):
        load(GOOD | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMBEDDING_DIMENSIONS", "2"),
        ("EMBEDDING_DIMENSIONS", "4096"),
        ("TEMPERATURE", "0"),
        ("TEMPERATURE", "2"),
        ("PREVIEW_SIDE", "64"),
        ("PREVIEW_SIDE", "4096"),
        ("THUMBNAIL_SIDE", "32"),
        ("THUMBNAIL_SIDE", "1024"),
        ("CAPTIONS_PER_DAY", "0"),
        ("LINK_MINUTES", "1"),
        ("LINK_MINUTES", "1440"),
        ("MAX_PHOTO_BYTES", "1"),
        ("MAX_PHOTO_PIXELS", "1"),
        ("MAX_PHOTO_FRAMES", "1"),
        ("MEMORY_BUDGET_BYTES", "1"),
        ("AZURE_SEARCH_INDEX", "p2"),
        ("PHOTO_CONTAINER", "a1b"),
        ("PHOTO_CONTAINER", "a-b-" + "c" * 59),
    ],
)
def test_a_value_at_the_border_is_taken(name: str, value: str) -> None:
    load(GOOD | {name: value})


def test_a_missing_setting_and_a_malformed_one_read_like_sentences() -> None:
    with pytest.raises(SettingsError) as raised:
        load({name: value for name, value in GOOD.items() if name != "CHAT_MODEL"} | {"SEMANTIC_RANKER": "yes"})

    assert str(raised.value) == (
        "the app settings need attention: CHAT_MODEL is missing; SEMANTIC_RANKER: use on or off"
    )


def test_names_are_those_of_the_app_settings() -> None:
    assert {"PhotoStorage", "OPENAI_BASE_URL", "VECTOR_WEIGHT"} <= {
        each.alias for each in Settings.model_fields.values()
    }


@pytest.mark.parametrize("value", [True, False])
def test_switches_are_booleans_in_code(value: bool) -> None:
    assert Settings.model_validate(GOOD | {"SEMANTIC_RANKER": value}).semantic_ranker is value


@pytest.mark.parametrize("value", ["KEY", "easyauth", "Platform"])
def test_an_unknown_way_to_check_keys_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="HTTP_AUTH: use function, key or platform"):
        load({"HTTP_AUTH": value})


def test_groups_have_roles() -> None:
    assert load(GOOD).role_groups == {}
    assert load(GOOD | {"ROLE_GROUPS": " Editor=AAAA-1 ,viewer=b"}).role_groups == {
        "aaaa-1": Role.EDITOR,
        "b": Role.VIEWER,
    }


@pytest.mark.parametrize("value", ["editor", "owner=a", "editor=", "editor=a,", "editor=a b", "=a", "editor=a=b"])
def test_a_group_needs_a_role_that_exists(value: str) -> None:
    with pytest.raises(SettingsError, match="ROLE_GROUPS: use a role and the id of a group"):
        load(GOOD | {"ROLE_GROUPS": value})


def test_a_group_has_one_role() -> None:
    with pytest.raises(SettingsError, match="ROLE_GROUPS: the group a has two roles"):
        load(GOOD | {"ROLE_GROUPS": "editor=a, viewer=A"})


def test_keys_in_the_settings_are_never_repeated() -> None:
    secret = "s" * 40
    with pytest.raises(SettingsError, match="API_KEYS") as error:
        load({"API_KEYS": f"a:write:{secret}"})
    assert secret not in str(error.value)


def test_every_container_and_queue_of_ours_has_a_name_that_azure_takes_and_no_photos() -> None:
    containers = {
        storage.DERIVED,
        *(
            each.CONTAINER
            for each in (api_keys, descriptions, edits, failures, feedback, limitations, spending, trash, usage)
        ),
        *(each.CONTAINER for each in (audit, caption_batches, collections, exports, jobs, moves, proposals, shares)),
    }
    queues = {jobs.QUEUE, tickets.TICKETS, tickets.UPLOADS, tickets.REFRESH, tickets.DELETED}

    assert containers == OWN_CONTAINERS
    for name in (*containers, *queues, *(f"{queue}-poison" for queue in queues)):
        assert CONTAINER.fullmatch(name)  # the rules for both are the same
