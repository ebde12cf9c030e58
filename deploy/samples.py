"""Three sample photos for a library that has none, so that the first look shows something."""

from pathlib import Path

from deploy.app_client import AppClient
from deploy.patience import Patience
from shared.photo import photo_id

ROOT = Path(__file__).parent.parent
FOLDER = "samples"
SAMPLES = ("animals/DSC_0046.jpg", "holiday/sign by the lake.jpg", "space/thunderstorm.jpg")


def upload_samples(app: AppClient, patience: Patience) -> list[str]:
    """
    Upload those that are missing, wait until they are searchable, and return their paths.

    None is uploaded beside photos of somebody's own: who has deleted the samples does not want them back.
    """
    paths = [f"{FOLDER}/{each}" for each in SAMPLES]
    missing = [each for each in paths if not app.has_original(each)]
    if app.count_photos() > len(paths) - len(missing):
        return []
    new = [each for each in missing if app.upload(each, (ROOT / each).read_bytes())]
    for path in new:
        _wait(app, path, patience)
    return new


def _wait(app: AppClient, path: str, patience: Patience) -> None:
    advice = "see docs/troubleshooting.md, A photo is not found"
    patience.wait_for(path, lambda: app.check_searchable(path, photo_id(path)), advice=advice)
