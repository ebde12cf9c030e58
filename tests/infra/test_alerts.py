"""The workbook and the alerts ask for metrics that the app has, with the attributes that they have."""

import json
import re
from typing import Any

import pytest

from infra.check import INFRA
from tests.infra.templates import Template

# The metrics of the app, with their attributes.
METRICS = {
    "photo.outcomes": {"outcome", "reason"},
    "photo.oldest_waiting": set(),
    "gen_ai.client.token.usage": {"gen_ai.request.model", "gen_ai.token.type", "purpose"},
    "model.cost": {"model", "purpose"},
    "model.budget.used": set(),
    "model.throttling": {"model", "purpose"},
    "search.duration": {"mode", "error.type"},
    "chat.time_to_first_word": set(),
}
NAME = re.compile(r'name == "([\w.]+)"')
ATTRIBUTE = re.compile(r'customDimensions(?:\.(\w+)|\["([\w.]+)"\])')


@pytest.fixture(scope="module")
def workbook() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((INFRA / "workbook.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def alerts(app: Template) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = app.module("alerts").body["variables"]["alerts"]
    return rows


def workbook_queries(workbook: dict[str, Any]) -> list[str]:
    return [each["content"]["query"] for each in workbook["items"] if each["type"] == 3]


def test_queries_ask_for_metrics_of_the_app(workbook: dict[str, Any], alerts: list[dict[str, Any]]) -> None:
    for query in [*workbook_queries(workbook), *(each["query"] for each in alerts)]:
        if not query.startswith("customMetrics"):
            assert query.startswith("requests")
            continue
        [metric] = NAME.findall(query)
        attributes = {one or other for one, other in ATTRIBUTE.findall(query)}
        assert attributes <= METRICS[metric], query


def test_the_workbook_shows_every_metric(workbook: dict[str, Any]) -> None:
    assert {name for query in workbook_queries(workbook) for name in NAME.findall(query)} == METRICS.keys()


def test_there_are_six_alerts(alerts: list[dict[str, Any]], main: Template) -> None:
    assert [each["name"] for each in alerts] == [
        "stuck-backlog",
        "failed-photos",
        "spend-over-budget",
        "budget-nearly-spent",
        "server-errors",
        "throttled-models",
    ]
    rule = main.resource("Microsoft.Insights/scheduledQueryRules")
    assert rule["copy"]["count"] == "[length(variables('alerts'))]"


def test_every_alert_measures_the_column_that_its_query_makes(alerts: list[dict[str, Any]], main: Template) -> None:
    [criterion] = main.resource("Microsoft.Insights/scheduledQueryRules")["properties"]["criteria"]["allOf"]

    assert criterion["metricMeasureColumn"] == "Value"
    assert all("| summarize Value = " in each["query"] for each in alerts)


def test_an_address_for_alerts_is_no_must(main: Template) -> None:
    group = main.resource("Microsoft.Insights/actionGroups")

    assert group["condition"] == "[not(empty(parameters('alertEmail')))]"
