"""Every view and state: where it is opened, and how to get there then."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.page.screenshots.controls import loaded
from tests.page.screenshots.libraries import Libraries
from tests.page.screenshots.library_steps import (
    add_to_collection,
    broken_search,
    collection,
    empty,
    filtered,
    filters,
    less_likely,
    none_likely,
    nothing_found,
    offline,
    ordering,
    searched,
    selection,
    selection_menu,
    selection_tags,
    set_a_field,
    timeline,
    tools,
)
from tests.page.screenshots.panel_steps import (
    access,
    account,
    add_menu,
    cited,
    conversations,
    delete_question,
    dropping,
    export,
    jobs,
    key_prompt,
    map_,
    map_places,
    open_chat,
    proposal,
    scoped_chat,
    share_dialog,
    shared,
    shortcuts,
    sign_in,
    slideshow,
    status,
    trash,
    uploads,
)
from tests.page.screenshots.photo_steps import (
    all_fields,
    compare,
    edit_form,
    edit_in_place,
    enlarged,
    history,
    missing_photo,
    move_form,
    photo,
    photo_details,
    review,
)


@dataclass(frozen=True)
class View:
    """A state of the page: where it is opened, and what is done then."""

    name: str
    address: Callable[[Libraries], str]
    steps: Callable[[Page], object]
    media: str = "screen"


def _at(path: str) -> Callable[[Libraries], str]:
    return lambda libraries: f"{libraries.samples}{path}"


def _of_the_photo(libraries: Libraries) -> str:
    return f"{libraries.samples}/?photo={libraries.edited}"


def _of_the_collection(libraries: Libraries) -> str:
    return f"{libraries.samples}/?collection={libraries.collection}"


VIEWS = [
    View("wall", _at("/"), loaded),
    View("filters", _at("/"), filters),
    View("filtered", _at("/"), filtered),
    View("search", _at("/?q=a+cat+at+home&folder=animals"), searched),
    View("less-likely", _at("/?q=cat"), less_likely),
    View("nothing-found", _at("/?taken_in=1931"), nothing_found),
    View("none-likely", _at("/?q=invoice+of+a+plumber"), none_likely),
    View("empty-library", _at("/"), empty),
    View("selection", _at("/"), selection),
    View("selection-more", _at("/"), selection_menu),
    View("selection-tags", _at("/"), selection_tags),
    View("selection-field", _at("/"), set_a_field),
    View("selection-collect", _at("/"), add_to_collection),
    View("photo", _of_the_photo, photo),
    View("photo-details", _of_the_photo, photo_details),
    View("photo-edit-in-place", _of_the_photo, edit_in_place),
    View("photo-form", _of_the_photo, edit_form),
    View("photo-all-fields", _of_the_photo, all_fields),
    View("photo-history", _of_the_photo, history),
    View("photo-move", _of_the_photo, move_form),
    View("photo-enlarged", _of_the_photo, enlarged),
    View("photo-compare", _of_the_photo, compare),
    View("photo-missing", _at(f"/?photo={'0' * 32}"), missing_photo),
    View("review", _at("/?view=review"), review),
    View("map", _at("/?view=map"), map_),
    View("map-tiles", lambda libraries: f"{libraries.tiles}/?view=map", map_),
    View("map-places", _at("/?view=map"), map_places),
    View("timeline", lambda libraries: libraries.years, timeline),
    View("collection", _of_the_collection, collection),
    View("collection-order", lambda each: f"{_of_the_collection(each)}&sort=collection", ordering),
    View("collection-chat", _of_the_collection, scoped_chat),
    View("tools", _at("/"), tools),
    View("export", _at("/"), export),
    View("share-dialog", _of_the_collection, share_dialog),
    View("share-page", lambda libraries: libraries.share, shared),
    View("jobs", _at("/?view=jobs"), jobs),
    View("uploads", _at("/"), uploads),
    View("add-menu", _at("/"), add_menu),
    View("dropping", _at("/"), dropping),
    View("trash", _at("/?view=trash"), trash),
    View("status", _at("/?view=status"), status),
    View("delete-question", _at("/?view=status"), delete_question),
    View("access-rules", _at("/?view=status"), access),
    View("chat", _at("/"), open_chat),
    View("chat-citations", _at("/"), cited),
    View("chat-proposal", _at("/"), proposal),
    View("chat-conversations", _at("/"), conversations),
    View("slideshow", _at("/"), slideshow),
    View("shortcuts", _at("/"), shortcuts),
    View("print", _at("/"), loaded, media="print"),
    View("print-photo", _of_the_photo, photo, media="print"),
    View("error", _at("/"), broken_search),
    View("offline", _at("/"), offline),
    View("sign-in", lambda libraries: libraries.locked, sign_in),
    View("key", lambda libraries: libraries.locked, key_prompt),
    View("account", lambda libraries: libraries.locked, account),
]
