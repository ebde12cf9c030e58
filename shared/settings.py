"""App settings: read once and checked together, so that one error names every fault."""

import os
import re
from collections.abc import Mapping
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from shared.access.role_mapping import parse_role_groups
from shared.access.roles import Role
from shared.api_keys import ApiKey, parse_keys
from shared.clouds import CLOUDS, Cloud, CloudName
from shared.errors import SettingsError
from shared.image_model_settings import image_model_faults
from shared.languages import ENGLISH, parse_language
from shared.map_tiles import parse_map_tiles
from shared.photo_events import PhotoEvents, default_events, is_flex
from shared.price_setting import budget_faults, parse_prices
from shared.prices import LISTED, PriceList
from shared.public_address import parse_public_address
from shared.redaction import remember_secret
from shared.search.vector_compression import VectorCompression

MEGABYTE = 1_000_000
STORAGE_URIS = {"PhotoStorage__blobServiceUri", "PhotoStorage__queueServiceUri"}
POLLING_ON_FLEX = (
    "PHOTO_EVENTS: the Flex Consumption plan runs no blob trigger that polls; remove the setting, or use eventgrid"
)
NO_STORAGE = (
    "PhotoStorage is missing: set it to a connection string, or set both "
    "PhotoStorage__blobServiceUri and PhotoStorage__queueServiceUri to use a managed identity"
)


def _strip_slash(url: object) -> object:
    return url.rstrip("/") if isinstance(url, str) else url


def _parse_switch(value: object) -> object:
    if value not in ("on", "off", True, False):
        raise ValueError("use on or off")
    return value in ("on", True)


def _parse_hosts(value: object) -> object:
    names = [each.strip().lower() for each in value.split(",")] if isinstance(value, str) else value
    if isinstance(names, list) and not all(HOST.fullmatch(each) for each in names):
        raise ValueError("use names such as photos.example.org, without scheme or port, with commas between them")
    return names


def _parse_auth(value: object) -> object:
    if value not in ("function", "key", "platform"):
        raise ValueError("use function, key or platform")
    return value


def _parse_language(value: object) -> object:
    return parse_language(value) if isinstance(value, str) else value


def _parse_keys(value: object) -> object:
    return parse_keys(value) if isinstance(value, str) else value


def _parse_tiles(value: object) -> object:
    return parse_map_tiles(value) if isinstance(value, str) and value else value


def _parse_prices(value: object) -> object:
    return parse_prices(value) if isinstance(value, str) else value


def _parse_role_groups(value: object) -> object:
    return parse_role_groups(value) if isinstance(value, str) else value


def _parse_container(value: object) -> object:
    if isinstance(value, str) and not CONTAINER.fullmatch(value):
        raise ValueError(
            "Azure wants 3 to 63 lower-case letters, digits and single hyphens for the name of a container, with a "
            "letter or digit at both ends"
        )
    if value in OWN_CONTAINERS or str(value).startswith("azure-webjobs-"):
        raise ValueError(f"{value} is a container of the app's own or of the host's: use another name for the photos")
    return value


def _parse_catalogue(value: object) -> object:
    name, _, blob = str(value).partition("/")
    if not CONTAINER.fullmatch(name) or not blob.strip():
        raise ValueError("use the name of a container and of a blob in it, such as photo-settings/catalogue.json")
    return value


def _parse_scope(value: object) -> object:
    if isinstance(value, str) and not SCOPE.fullmatch(value):
        raise ValueError("use a scope such as https://ai.azure.com/.default")
    return value


def _parse_cloud(value: object) -> object:
    if value not in CLOUDS:
        raise ValueError(f"use {', '.join(CLOUDS)}")
    return value


# Azure's rules for the names of containers, and of queues.
CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*")
SCOPE = re.compile(r"[a-z]+:[^\s?#]+/\.default")
# Photos among what is made from photos would be described again and again.
OWN_CONTAINERS = {
    "photo-derived", "photo-descriptions", "photo-edits", "photo-failures", "photo-feedback", "photo-limitations",
    "photo-batches", "photo-settings", "photo-spending", "photo-trash", "photo-usage",
    "photo-audit", "photo-collections", "photo-exports", "photo-jobs", "photo-moves", "photo-proposals", "photo-shares",
}  # fmt: skip
INSIGHTS_IDENTITY = r"^(?:(?:ClientId=[0-9a-fA-F-]+;)?Authorization=AAD(?:;ClientId=[0-9a-fA-F-]+)?)?$"
HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\]")
Url = Annotated[str, Field(pattern=r"^https?://\S+$"), BeforeValidator(_strip_slash)]
Switch = Annotated[bool, BeforeValidator(_parse_switch)]
Auth = Annotated[Literal["function", "key", "platform"], BeforeValidator(_parse_auth)]
RoleGroups = Annotated[dict[str, Role], BeforeValidator(_parse_role_groups)]
Prices = Annotated[PriceList, BeforeValidator(_parse_prices)]
Language = Annotated[str, BeforeValidator(_parse_language)]
TileTemplate = Annotated[str, BeforeValidator(_parse_tiles)]
Keys = Annotated[tuple[ApiKey, ...], BeforeValidator(_parse_keys)]
Container = Annotated[str, BeforeValidator(_parse_container)]
CatalogueAddress = Annotated[str, BeforeValidator(_parse_catalogue)]
Scope = Annotated[str, BeforeValidator(_parse_scope)]
AzureCloudName = Annotated[CloudName, BeforeValidator(_parse_cloud)]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Hosts = Annotated[tuple[str, ...], BeforeValidator(_parse_hosts)]


class Settings(BaseModel):
    """
    What the app needs to know, named as in the Functions app settings.

    Secrets print as stars. Sizes are in bytes, times in seconds unless the name says otherwise.
    """

    model_config = ConfigDict(frozen=True)

    photo_storage: SecretStr | None = Field(None, alias="PhotoStorage")
    photo_storage_blobs: Url | None = Field(None, alias="PhotoStorage__blobServiceUri")
    photo_storage_queues: Url | None = Field(None, alias="PhotoStorage__queueServiceUri")
    photo_credential: str | None = Field(None, alias="PhotoStorage__credential")
    photo_client_id: str | None = Field(None, alias="PhotoStorage__clientId")
    host_storage: SecretStr | None = Field(None, alias="AzureWebJobsStorage")
    host_storage_queues: Url | None = Field(None, alias="AzureWebJobsStorage__queueServiceUri")
    host_storage_account: str | None = Field(None, alias="AzureWebJobsStorage__accountName")
    host_credential: str | None = Field(None, alias="AzureWebJobsStorage__credential")
    host_client_id: str | None = Field(None, alias="AzureWebJobsStorage__clientId")
    client_id: str | None = Field(None, alias="AZURE_CLIENT_ID")
    cloud_name: AzureCloudName = Field("AzureCloud", alias="AZURE_CLOUD")
    events: PhotoEvents = Field("polling", alias="PHOTO_EVENTS")
    container: Container = Field("photos", alias="PHOTO_CONTAINER")
    catalogue: CatalogueAddress = Field("photo-settings/catalogue.json", alias="CATALOGUE")

    openai_url: Url = Field(alias="OPENAI_BASE_URL")
    openai_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    model_token_scope: Scope | None = Field(None, alias="MODEL_TOKEN_SCOPE")
    caption_model: str = Field(alias="CAPTION_MODEL")
    batch_model: str = Field("", alias="BATCH_MODEL")
    chat_model: str = Field(alias="CHAT_MODEL")
    embedding_model: str = Field(alias="EMBEDDING_MODEL")
    embedding_dimensions: int = Field(alias="EMBEDDING_DIMENSIONS", ge=2, le=4096)
    vector_compression: VectorCompression = Field("none", alias="VECTOR_COMPRESSION")
    image_model: str = Field("", alias="IMAGE_EMBEDDING_MODEL")
    image_api: Literal["foundry", "vision"] = Field("foundry", alias="IMAGE_EMBEDDING_API")
    image_endpoint: Url | None = Field(None, alias="IMAGE_EMBEDDING_ENDPOINT")
    image_key: SecretStr | None = Field(None, alias="IMAGE_EMBEDDING_API_KEY")
    image_dimensions: int = Field(1024, alias="IMAGE_EMBEDDING_DIMENSIONS", ge=2, le=4096)
    caption_language: Language = Field(ENGLISH, alias="CAPTION_LANGUAGE")
    image_detail: Literal["low", "high", "auto"] = Field("high", alias="IMAGE_DETAIL")
    temperature: float | None = Field(None, alias="TEMPERATURE", ge=0, le=2)
    reasoning_effort: ReasoningEffort | None = Field(None, alias="REASONING_EFFORT")
    caption_reasoning_effort: ReasoningEffort | None = Field(None, alias="CAPTION_REASONING_EFFORT")
    chat_api: Literal["auto", "chat", "responses"] = Field("auto", alias="CHAT_API")

    search_endpoint: Url = Field(alias="AZURE_SEARCH_ENDPOINT")
    search_key: SecretStr | None = Field(None, alias="AZURE_SEARCH_API_KEY")
    search_index: str = Field("photos", alias="AZURE_SEARCH_INDEX", pattern=r"^[a-z0-9][a-z0-9_-]{1,127}$")
    search_tier: str = Field("", alias="AZURE_SEARCH_SKU")
    semantic_ranker: Switch = Field(True, alias="SEMANTIC_RANKER")
    vector_weight: float = Field(65.0, alias="VECTOR_WEIGHT", gt=0)

    max_photo_bytes: int = Field(50 * MEGABYTE, alias="MAX_PHOTO_BYTES", gt=0)
    max_raw_bytes: int = Field(250 * MEGABYTE, alias="MAX_RAW_BYTES", gt=0)
    max_photo_pixels: int = Field(250_000_000, alias="MAX_PHOTO_PIXELS", gt=0)
    max_photo_frames: int = Field(10_000, alias="MAX_PHOTO_FRAMES", gt=0)
    preview_side: int = Field(1024, alias="PREVIEW_SIDE", ge=64, le=4096)
    thumbnail_side: int = Field(320, alias="THUMBNAIL_SIDE", ge=32, le=1024)
    memory_budget: int = Field(400 * MEGABYTE, alias="MEMORY_BUDGET_BYTES", gt=0)
    refresh_photos: int = Field(1000, alias="REFRESH_PHOTOS", ge=0)
    trash_days: int = Field(7, alias="TRASH_DAYS", ge=0, le=365)
    audit_days: int = Field(365, alias="AUDIT_DAYS", ge=1, le=3650)
    captions_per_day: int = Field(0, alias="CAPTIONS_PER_DAY", ge=0)
    prices: Prices = Field(LISTED, alias="PRICES")
    budget_per_day: float = Field(0.0, alias="BUDGET_PER_DAY", ge=0, allow_inf_nan=False)
    chat_rounds: int = Field(4, alias="CHAT_ROUNDS", ge=1, le=20)
    chat_tool_calls: int = Field(8, alias="CHAT_TOOL_CALLS", ge=1, le=50)
    chat_looks: int = Field(3, alias="CHAT_LOOKS", ge=0, le=20)
    chat_pictures: int = Field(8, alias="CHAT_PICTURES", ge=0, le=80)
    chat_answer_tokens: int = Field(200_000, alias="CHAT_ANSWER_TOKENS", ge=10_000)
    chat_tokens_per_day: int = Field(5_000_000, alias="CHAT_TOKENS_PER_DAY", ge=0)
    store_location: Switch = Field(True, alias="STORE_LOCATION")
    link_minutes: int = Field(15, alias="LINK_MINUTES", ge=1, le=24 * 60)
    pictures: Literal["links", "proxy"] = Field("links", alias="PICTURES")
    map_tiles: TileTemplate = Field("", alias="MAP_TILES")
    map_attribution: str = Field("", alias="MAP_ATTRIBUTION", max_length=300)
    allowed_hosts: Hosts = Field((), alias="ALLOWED_HOSTS")
    public_url: str = Field("", alias="PUBLIC_URL")  # as both are read: see shared/public_address.py
    base_path: str = Field("", alias="BASE_PATH")
    feedback: Literal["off", "verdicts", "questions"] = Field("off", alias="FEEDBACK")
    log_paths: Switch = Field(False, alias="LOG_PATHS")  # read where it is needed: see shared/log_text.py
    # Read by shared/telemetry, which begins before there are settings.
    insights_connection: SecretStr | None = Field(None, alias="APPLICATIONINSIGHTS_CONNECTION_STRING")
    insights_identity: str = Field("", alias="APPLICATIONINSIGHTS_AUTHENTICATION_STRING", pattern=INSIGHTS_IDENTITY)
    telemetry_file: str = Field("", alias="TELEMETRY_FILE")
    http_auth: Auth = Field("function", alias="HTTP_AUTH")
    api_keys: Keys = Field((), alias="API_KEYS", repr=False)
    role_groups: RoleGroups = Field(default_factory=dict, alias="ROLE_GROUPS")
    access_contact: str = Field("", alias="ACCESS_CONTACT", max_length=200)

    @property
    def cloud(self) -> Cloud:
        return CLOUDS[self.cloud_name]

    @property
    def checks_keys(self) -> bool:
        """Whether the app checks keys of its own, and the host lets everyone in."""
        return self.http_auth != "function"

    @property
    def searches_azure(self) -> bool:
        """Whether the search service is Azure's own, and not one that stands in for it."""
        host = urlsplit(self.search_endpoint).hostname or ""
        return host.endswith((".search.windows.net", ".search.azure.us", ".search.azure.cn"))

    @property
    def models(self) -> dict[str, str]:
        """The models that are paid for, by the settings that name them."""
        return {
            "CAPTION_MODEL": self.caption_model,
            "CHAT_MODEL": self.chat_model,
            "EMBEDDING_MODEL": self.embedding_model,
            "IMAGE_EMBEDDING_MODEL": self.image_model,
        }

    @property
    def model_scope(self) -> str:
        """What a token for the models' server is asked for."""
        return self.model_token_scope or self.cloud.model_scope

    @property
    def host_queue_url(self) -> str | None:
        """The queue address of the host's own account, where it is named by address or by name."""
        by_name = f"https://{self.host_storage_account}.queue.core.windows.net" if self.host_storage_account else None
        return self.host_storage_queues or by_name


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from the environment; one SettingsError names every fault."""
    aliases = [each.alias or name for name, each in Settings.model_fields.items()]
    values = {name: value for name in aliases if (value := environment.get(name, "").strip())}
    _remember_secrets(values)
    values.setdefault("PHOTO_EVENTS", default_events(environment))
    faults = [] if "PhotoStorage" in values or values.keys() >= STORAGE_URIS else [NO_STORAGE]
    faults += image_model_faults(values)
    if is_flex(environment) and values["PHOTO_EVENTS"] == "polling":
        faults.append(POLLING_ON_FLEX)
    try:
        parse_public_address(values.get("PUBLIC_URL", ""), values.get("BASE_PATH", ""))
    except ValueError as error:
        faults.append(str(error))
    try:
        settings = Settings.model_validate(values)
        faults += budget_faults(settings.budget_per_day, settings.prices, settings.models)
    except ValidationError as error:
        faults += [_describe_fault(fault["loc"], fault["type"], fault["msg"]) for fault in error.errors()]
    if faults:
        raise SettingsError("the app settings need attention: " + "; ".join(faults))
    return settings


def _remember_secrets(values: Mapping[str, str]) -> None:
    for name, field in Settings.model_fields.items():
        alias = field.alias or name
        if SecretStr in get_args(field.annotation) and alias in values:
            remember_secret(values[alias])
    for entry in values.get("API_KEYS", "").split(","):
        remember_secret(entry.strip().split(":", 2)[-1])  # their names and rights are no secrets


def _describe_fault(loc: tuple[int | str, ...], kind: str, message: str) -> str:
    name = ".".join(str(part) for part in loc)
    return f"{name} is missing" if kind == "missing" else f"{name}: {message.removeprefix('Value error, ')}"
