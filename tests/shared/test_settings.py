"""Settings: checked together, every gap named at once."""

import pytest

from shared.errors import SettingsError
from shared.settings import Settings, load

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


def test_good_settings_load_with_sound_defaults() -> None:
    settings = load(GOOD)

    assert settings.container == "photos"
    assert settings.openai_url == "http://127.0.0.1:7073/v1"
    assert settings.max_photo_bytes == 50_000_000


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


def test_names_are_those_of_the_app_settings() -> None:
    assert {"PhotoStorage", "OPENAI_BASE_URL", "VECTOR_WEIGHT"} <= {
        each.alias for each in Settings.model_fields.values()
    }
