"""Indoors or outdoors, by what was found and by a sky above."""

from __future__ import annotations

from local.models.vision.objects import kinds_of
from local.models.vision.sight import Sight

OUTSIDE = frozenset(
    """mountain cliff lake coast beach valley volcano geyser harbour bridge building castle church palace tower
    monument dam fence boat train tram car bus truck cow sheep horse giraffe zebra elephant bear bird kite
    surfboard skis snowboard""".split()  # noqa: SIM905 - reads better than thirty quoted lines
) | {"traffic light", "fire hydrant", "stop sign", "parking meter"}
INSIDE = frozenset(
    """furniture chair table bed couch computer television keyboard refrigerator oven microwave toaster sink toilet
    cup pot lamp bookcase piano stove""".split()  # noqa: SIM905 - as above
)
UNFRAMED = {"screenshot": "screen", "document": "document"}
SKY = 0.6


def setting_of(sight: Sight) -> str:
    """`indoors`, `outdoors`, `screen`, `document`, or `unclear` where the signs are few or at odds."""
    if sight.kind in UNFRAMED:
        return UNFRAMED[sight.kind]
    names = {name for thing in sight.things for name in (thing.label, *kinds_of(thing.label))}
    outside, inside = bool(names & OUTSIDE) or sight.sky >= SKY, bool(names & INSIDE)
    if outside == inside:
        return "unclear"
    return "outdoors" if outside else "indoors"
