"""A part of the map as a filter: four sides in degrees, also across the date line."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

WIDEST = 90.0  # degrees of one polygon: the service takes none that is wider than half the world
STEP = 5.0  # degrees between corners on a parallel: a polygon's sides are great circles, which bend away from it
LEAST = 0.000002  # degrees between two sides, which have six decimals in a filter
WORLD = (-180.0, 180.0)  # from the date line all the way round
POLE = 89.99  # where all longitudes meet, a side would have no length
SIDES = ("west", "south", "east", "north")


class Bounds(BaseModel):
    """What lies between two meridians and two parallels (WGS 84); `west` is more than `east` across the date line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    west: float = Field(ge=-180, le=180)
    south: float = Field(ge=-90, le=90)
    east: float = Field(ge=-180, le=180)
    north: float = Field(ge=-90, le=90)

    @model_validator(mode="after")
    def _check_sides(self) -> "Bounds":
        south, north = self._parallels()
        if north - south < LEAST or ((self.east - self.west) % 360 < LEAST and (self.west, self.east) != WORLD):
            raise ValueError(
                f"bounds must be {LEAST:f} degrees wide and high at least, and their south must lie below their north"
            )
        return self

    def _parallels(self) -> tuple[float, float]:
        return max(self.south, -POLE), min(self.north, POLE)

    @classmethod
    def parse(cls, value: Any) -> Any:
        """`5.9,45.8,10.5,47.8`: west, south, east and north, as in GeoJSON."""
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",")]
        if len(parts) != len(SIDES):
            raise ValueError("must be west,south,east,north, such as 5.9,45.8,10.5,47.8")
        return cls.model_validate(dict(zip(SIDES, parts, strict=True)))

    def odata(self) -> str:
        """The photos that lie there, as a filter."""
        polygons = [self._polygon(*piece) for piece in self._pieces()]
        clauses = [f"geo.intersects(location, geography'POLYGON(({corners}))')" for corners in polygons]
        return clauses[0] if len(clauses) == 1 else f"({' or '.join(clauses)})"

    def _pieces(self) -> list[tuple[float, float]]:
        """Pairs of west and east, none across the date line and none too wide."""
        spans = [(self.west, self.east)] if self.west < self.east else [(self.west, 180.0), (-180.0, self.east)]
        return [piece for west, east in spans if east - west >= LEAST for piece in _cut(west, east)]

    def _polygon(self, west: float, east: float) -> str:
        """The corners counterclockwise, the first one again at the end."""
        south, north = self._parallels()
        steps = max(1, round((east - west) / STEP))
        longitudes = [west + (east - west) * step / steps for step in range(steps + 1)]
        corners = [(each, south) for each in longitudes] + [(each, north) for each in reversed(longitudes)]
        return ", ".join(f"{longitude:.6f} {latitude:.6f}" for longitude, latitude in [*corners, corners[0]])


def _cut(west: float, east: float) -> list[tuple[float, float]]:
    pieces = []
    while east - west > WIDEST:
        pieces.append((west, west + WIDEST))
        west += WIDEST
    return [*pieces, (west, east)]
