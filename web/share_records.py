"""What is told of shares, to those who make them and to strangers who look: each field is named here, and no other."""

from dataclasses import dataclass
from typing import NotRequired, cast

from typing_extensions import TypedDict

from shared.photo import Photo
from shared.photo_sources import edited_names
from shared.stores.shares import Share

PERSONS = "persons"
TEXTS = ("title", "alt_text", "caption")
LINKS = {"thumbnail", "preview"}


class ShareRecord(TypedDict):
    """
    A share as its maker sees it. `photos` is how many were selected, null where it is a collection.

    `url` is told when it is made, and never again.
    """

    id: str
    name: str
    description: str
    collection: str
    photos: int | None
    created_by: str
    created_at: str
    expires_at: str
    has_password: bool
    originals: bool
    metadata: bool
    persons: bool


class NewShareRecord(ShareRecord):
    """A share that was just made, with the address to give away."""

    url: str


class ShareList(TypedDict):
    """Shares, the latest first."""

    total: int
    shares: list[ShareRecord]


class SharedView(TypedDict):
    """What a visitor is told of a share."""

    name: str
    description: str
    expires_at: str
    originals: bool


class SharedPhoto(TypedDict):
    """A photo as a visitor sees it: what is told of any, what is told of its metadata, and who is on it."""

    id: str
    title: str
    alt_text: str
    caption: str
    width: int
    height: int
    thumbnail: str
    preview: str
    tags: NotRequired[list[str]]
    keywords: NotRequired[list[str]]
    creators: NotRequired[list[str]]
    credit: NotRequired[str]
    rights: NotRequired[str]
    usage_terms: NotRequired[str]
    rating: NotRequired[int | None]
    taken_local: NotRequired[str | None]
    taken_zone: NotRequired[str | None]
    taken_precision: NotRequired[str | None]
    city: NotRequired[str]
    state: NotRequired[str]
    country: NotRequired[str]
    camera: NotRequired[str | None]
    lens: NotRequired[str | None]
    persons: NotRequired[list[str]]


class SharedPage(TypedDict):
    """Photos of a share; links to their pictures are to be asked for anew after `seconds`."""

    total: int
    seconds: int
    photos: list[SharedPhoto]


class SharedLink(TypedDict):
    """Where an original is, for a while."""

    url: str


class SharedPass(TypedDict):
    """What to send in the header `x-share-pass` once the password was right, and for how many seconds."""

    password_pass: str
    seconds: int


@dataclass(frozen=True)
class PhotoLinks:
    """Where the pictures of a photo are."""

    thumbnail: str
    preview: str


def record_of_share(share: Share) -> ShareRecord:
    """A share as its maker sees it."""
    return {
        "id": share.id,
        "name": share.name,
        "description": share.description,
        "collection": share.collection,
        "photos": None if share.collection else len(share.photos),
        "created_by": share.maker,
        "created_at": share.created_at,
        "expires_at": share.expires_at,
        "has_password": bool(share.password),
        "originals": share.originals,
        "metadata": share.metadata,
        "persons": share.persons,
    }


def view_of(share: Share, name: str, description: str) -> SharedView:
    """A share as a visitor sees it."""
    return {
        "name": name,
        "description": description,
        "expires_at": share.expires_at,
        "originals": share.originals,
    }


def shared_photo(photo: Photo, share: Share, links: PhotoLinks) -> SharedPhoto:
    """
    A photo as a visitor sees it.

    A model was told the path, the date and the place when it wrote, so without metadata only people's texts are left.
    """
    names = set(SharedPhoto.__required_keys__)
    if share.metadata:
        names |= SharedPhoto.__optional_keys__ - {PERSONS}
    if share.persons:
        names.add(PERSONS)
    values = {name: getattr(photo, name) for name in names - LINKS} | vars(links)
    if not share.metadata:
        values |= dict.fromkeys(set(TEXTS).difference(edited_names(photo)), "")
    return cast(SharedPhoto, values)
