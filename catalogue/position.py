"""What follows from the position of a photo."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict

from shared.places import place


async def place_of(location: Mapping[str, float]) -> dict[str, str]:
    """The city, state and country of a position, `longitude` and `latitude`; looked up in a thread."""
    return asdict(await asyncio.to_thread(place, **location))
