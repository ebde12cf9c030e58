"""Tells indoors from outdoors by the detected objects and by a visible sky."""

from local.models.vision.analysis import SceneAnalysis
from local.models.vision.taxonomy import kinds_of

OUTDOOR_LABELS = frozenset(
    """mountain cliff lake coast beach valley volcano geyser harbour bridge building castle church palace tower
    monument dam fence boat train tram car bus truck cow sheep horse giraffe zebra elephant bear bird kite
    surfboard skis snowboard""".split()  # noqa: SIM905 - reads better than thirty quoted lines
) | {"traffic light", "fire hydrant", "stop sign", "parking meter"}
INDOOR_LABELS = frozenset(
    """furniture chair table bed couch computer television keyboard refrigerator oven microwave toaster sink toilet
    cup pot lamp bookcase piano stove""".split()  # noqa: SIM905 - as above
)
SETTING_BY_KIND = {"screenshot": "screen", "document": "document"}
MIN_SKY_SHARE = 0.6


def classify_setting(analysis: SceneAnalysis) -> str:
    """`indoors`, `outdoors`, `screen`, `document`, or `unclear` if there are no signs or they contradict each other."""
    if analysis.kind in SETTING_BY_KIND:
        return SETTING_BY_KIND[analysis.kind]
    labels = {label for detection in analysis.detections for label in (detection.label, *kinds_of(detection.label))}
    is_outdoors = bool(labels & OUTDOOR_LABELS) or analysis.sky_share >= MIN_SKY_SHARE
    is_indoors = bool(labels & INDOOR_LABELS)
    if is_outdoors == is_indoors:
        return "unclear"
    return "outdoors" if is_outdoors else "indoors"
