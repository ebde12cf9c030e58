"""Where a photo was taken, by what its file says."""

from ingest.facts.facts import Facts
from shared.places import Place, countries, place


def place_of(facts: Facts) -> Place:
    """Where a photo was taken: the words in the file win, and the gazetteer completes them."""
    names = countries() if facts.country or facts.country_code else {}
    country = facts.country or names.get(facts.country_code, "")
    spot = place(*facts.location) if facts.location else Place()
    # A city of ours beside a country of theirs must not contradict it.
    elsewhere = _english(country, names) not in {"", spot.country}
    city = facts.city or ("" if elsewhere or facts.state else spot.city)
    return Place(city, country or spot.country, facts.state)


def _english(country: str, names: dict[str, str]) -> str:
    """The gazetteer's name for a country, given by code or by that name; empty for other names."""
    return names.get(country.upper(), country if country in names.values() else "")
