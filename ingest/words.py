"""A photo's facts in words: the hints the vision model gets, and the text that is embedded."""

from ingest.describe import Description
from ingest.facts import Facts
from shared.photo import folder_of

LONGEST = 2000  # characters of visible text worth embedding: small models read about 500 tokens in all


def hints(name: str, facts: Facts) -> dict[str, str]:
    """What the file says of itself, one `name: value` each, for the model to use with care."""
    known = {"path": name}
    if facts.taken_at and facts.source != "blob":
        known["taken"] = facts.taken_at.isoformat() if facts.zone else facts.taken_at.replace(tzinfo=None).isoformat()
    if facts.location:
        known["location"] = f"{facts.location[1]:.5f}, {facts.location[0]:.5f} (latitude, longitude)"
    return known


def to_embed(description: Description, facts: Facts, name: str) -> str:
    """Title, caption, tags, folder, date in words and visible text, the most telling first."""
    parts = [
        description.title,
        description.caption,
        ", ".join(description.tags),
        folder_of(name).replace("/", ", ").replace("_", " "),
        f"{facts.taken_at:%A} {facts.taken_at.day} {facts.taken_at:%B %Y}" if facts.taken_at else "",
        description.text_in_photo[:LONGEST],
    ]
    return "\n".join(part for part in parts if part)
