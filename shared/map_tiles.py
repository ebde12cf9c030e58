"""The server of map tiles, by the settings MAP_TILES and MAP_ATTRIBUTION; without one the map is an outline of ours."""

import re
from urllib.parse import urlsplit

PLACES = ("{z}", "{x}", "{y}")
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:]+\](:[0-9]+)?")


def parse_map_tiles(template: str) -> str:
    """The address of a tile with `{z}`, `{x}` and `{y}` in it; ValueError says what is wrong with another one."""
    missing = [place for place in PLACES if place not in template]
    if missing:
        raise ValueError(
            f"{' and '.join(missing)} is missing: use an address such as https://tiles.example.org/{{z}}/{{x}}/{{y}}.png"
        )
    parts = urlsplit(template)
    if parts.scheme not in {"https", "http"} or not HOST.fullmatch(parts.netloc):
        raise ValueError("use an address that begins with https:// and the name of one server, without {s} or a user")
    if re.search(r"\s", template):
        raise ValueError("an address has no blanks")
    return template


def tile_origin(template: str) -> str:
    """Scheme, host and port of the server, as the page's policy names it; empty without one."""
    parts = urlsplit(template)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
