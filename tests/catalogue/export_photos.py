"""Photos with every field that is exported."""

from typing import Any

from shared.photo import Photo
from tests.query.photos import photo


def full_photo(path: str = "2024/rome/a.jpg", **facts: Any) -> Photo:
    """A photo that has something to say in every property."""
    values: dict[str, Any] = {
        "title": "Dogs & <cats>",
        "caption": 'Two dogs, and "cats" — on a wall.\nIt rains.',
        "alt_text": "Dogs on a wall",
        "tags": ["dog", "wall; old"],
        "keywords": ["dog", "Städte"],
        "keyword_paths": ["places > Italy > Rome"],
        "creators": ["Ada Lovelace", "Émile Zola"],
        "credit": "Photos & Co",
        "rights": "© 2024 Ada",
        "usage_terms": "No resale",
        "rating": 4,
        "taken_local": "2024-05-01T10:11:12",
        "taken_precision": "second",
        "taken_zone": "-05:00",
        "city": "Rome",
        "state": "Lazio",
        "country": "Italy",
        "location": (-12.4964, 41.9028),
        "persons": ["Ada Lovelace"],
        "sources": ["persons:person"],
        "format": "jpeg",
        "caption_language": "en",
    }
    return photo(path, **values | facts)
