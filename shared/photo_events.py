"""How new photos are noticed: the setting PHOTO_EVENTS, which chooses itself by the plan that the app runs on."""

import os
from collections.abc import Mapping
from typing import Literal

PhotoEvents = Literal["polling", "eventgrid"]
FLEX = "flexconsumption"  # the host starts no blob trigger there that polls


def is_flex(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the app runs on the plan Flex Consumption; the platform says so, and never on a laptop."""
    return environment.get("WEBSITE_SKU", "").strip().lower() == FLEX


def default_events(environment: Mapping[str, str] = os.environ) -> PhotoEvents:
    """What holds where PHOTO_EVENTS is not set."""
    return "eventgrid" if is_flex(environment) else "polling"


def uses_event_grid(environment: Mapping[str, str] = os.environ) -> bool:
    """
    Whether Event Grid reports new blobs.

    Always on Flex Consumption, whatever the setting says: a trigger that polls would not start, and photos that Event
    Grid delivers meanwhile would be lost. The settings report the contradiction.
    """
    return is_flex(environment) or environment.get("PHOTO_EVENTS", "").strip() == "eventgrid"
