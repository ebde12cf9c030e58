"""What a process has exported to TELEMETRY_FILE, as tests read it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Exported:
    """The lines of one file."""

    path: Path

    def lines(self, signal: str) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        lines = (json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines())
        return [line for line in lines if line["signal"] == signal]

    def spans(self, name: str = "", **attributes: Any) -> list[dict[str, Any]]:
        """The spans of this name, or all, with these attributes; `__` stands for a dot."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        return [
            span
            for span in self.lines("span")
            if (not name or span["name"] == name) and wanted.items() <= span["attributes"].items()
        ]

    def traces(self, name: str = "", **attributes: Any) -> set[str]:
        """The ids of the traces that these spans belong to."""
        return {span["context"]["trace_id"].removeprefix("0x") for span in self.spans(name, **attributes)}

    def names_in(self, trace: str) -> set[str]:
        return {span["name"] for span in self.spans() if span["context"]["trace_id"] == f"0x{trace}"}

    def points(self, metric: str) -> list[dict[str, Any]]:
        """The latest data points of a metric, one for each combination of its attributes."""
        latest: dict[str, dict[str, Any]] = {}
        for name, point in self._all_points():
            if name == metric:
                latest[json.dumps(point["attributes"], sort_keys=True)] = point
        return list(latest.values())

    def value(self, metric: str, **attributes: Any) -> float:
        """The sum of a counter or histogram, or the last value of a gauge, over the points with these attributes."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        points = [each for each in self.points(metric) if wanted.items() <= each["attributes"].items()]
        return float(sum(_number(each) for each in points))

    def _all_points(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for line in self.lines("metrics"):
            for resource in line["resource_metrics"]:
                for scope in resource["scope_metrics"]:
                    for metric in scope["metrics"]:
                        for point in metric["data"]["data_points"]:
                            yield metric["name"], point


def _number(point: Mapping[str, Any]) -> float:
    return float(point["value"] if "value" in point else point["sum"])
