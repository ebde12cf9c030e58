"""What a deployment costs: the arithmetic, and that the document says the same."""

import re

import pytest

from deploy.cost import ENDPOINT_HOUR, ENDPOINTS, QUESTION_TOKENS, describe, estimate
from deploy.venv import OLDEST
from shared.azd_environment import AzdEnvironment
from shared.prices import HOURS, PRICES, SEARCH_HOUR
from tests.machine import ROOT

DOCUMENT = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
MODELS = {"CAPTION_MODEL_NAME": "gpt-5.4-mini", "CHAT_MODEL_NAME": "gpt-5-nano"}


def azd(**values: str) -> AzdEnvironment:
    return AzdEnvironment("dev", values)


def test_search_is_paid_for_whether_it_is_used_or_not() -> None:
    cost = estimate(azd(AZURE_SEARCH_SKU="basic", VNET_ENABLED="false", **MODELS))

    assert cost.month == pytest.approx(73.0)
    assert cost.thousand_photos == pytest.approx(PRICES["gpt-5.4-mini"].thousand_photos)
    assert cost.thousand_questions == pytest.approx((8000 * 0.05 + 400 * 0.40) / 1000)


def test_private_endpoints_come_on_top() -> None:
    assert estimate(azd(VNET_ENABLED="true")).month == pytest.approx(73.0 + 36.5)


def test_what_has_no_price_is_said_to_have_none() -> None:
    lines = list(describe(estimate(azd(AZURE_SEARCH_SKU="standard", CAPTION_MODEL_NAME="our-own"))))

    assert lines[0].startswith("a month, used or not: not known")
    assert lines[1] == "1,000 photos described: not known; 1,000 questions: not known"


def test_the_document_has_the_same_figures_with_a_source_and_a_date() -> None:
    rows = re.findall(
        r"^\| ([^|`]+) \| ([\d.]+) \| \[[\w -]*(2\d{3}-\d\d)[^]]*\]\(https://\S+\) \|$", DOCUMENT, re.MULTILINE
    )
    figures = {what.partition(",")[0]: float(dollars) for what, dollars, _ in rows}

    assert figures["AI Search basic"] == SEARCH_HOUR["basic"]
    assert figures["a private endpoint"] == ENDPOINT_HOUR
    assert f"${SEARCH_HOUR['basic'] * HOURS:.2f} a month" in DOCUMENT
    assert f"${(SEARCH_HOUR['basic'] + ENDPOINTS * ENDPOINT_HOUR) * HOURS:.2f} with private endpoints" in DOCUMENT
    assert f"${ENDPOINTS * ENDPOINT_HOUR * HOURS:.2f} a month" in DOCUMENT
    assert f"{QUESTION_TOKENS[0]:,} tokens and its answer {QUESTION_TOKENS[1]}" in " ".join(DOCUMENT.split())


def test_the_document_names_the_versions_that_are_needed() -> None:
    assert f"Python {OLDEST[0]}.{OLDEST[1]} or newer" in " ".join(DOCUMENT.split())
    [azd_version] = re.findall(r'azd: ">= ([\d.]+)"', (ROOT / "azure.yaml").read_text(encoding="utf-8"))
    assert f"azd](https://aka.ms/azd) {azd_version} or newer" in DOCUMENT


@pytest.mark.parametrize("knob", sorted(set(re.findall(r"azd env set (\w+)", DOCUMENT))))
def test_every_knob_is_one(knob: str) -> None:
    """A knob of the template is in its parameters, one of ours in the code."""
    sources = [*(ROOT / "infra").glob("*.json"), *(ROOT / "deploy").glob("*.py"), ROOT / "azure.yaml"]

    assert any(re.search(rf"\b{knob}\b", each.read_text(encoding="utf-8")) for each in sources)
