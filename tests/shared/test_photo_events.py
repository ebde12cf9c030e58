"""How new photos are noticed where nobody says it."""

import pytest

from shared.errors import SettingsError
from shared.photo_events import uses_event_grid
from shared.settings import load
from tests.shared.test_settings import GOOD

FLEX = {"WEBSITE_SKU": "FlexConsumption"}


@pytest.mark.parametrize(
    ("environment", "events"),
    [
        ({}, "polling"),
        (FLEX, "eventgrid"),
        (FLEX | {"PHOTO_EVENTS": " "}, "eventgrid"),
        ({"WEBSITE_SKU": "flexconsumption"}, "eventgrid"),
        ({"WEBSITE_SKU": "Dynamic"}, "polling"),
        ({"PHOTO_EVENTS": "eventgrid"}, "eventgrid"),
        (FLEX | {"PHOTO_EVENTS": "eventgrid"}, "eventgrid"),
        ({"PHOTO_EVENTS": "polling", "WEBSITE_SKU": "ElasticPremium"}, "polling"),
    ],
)
def test_the_plan_decides_where_the_setting_does_not(environment: dict[str, str], events: str) -> None:
    assert load(GOOD | environment).events == events
    assert uses_event_grid(environment) is (events == "eventgrid")


def test_polling_on_flex_is_an_error_and_loses_nothing_meanwhile() -> None:
    environment = FLEX | {"PHOTO_EVENTS": "polling"}

    with pytest.raises(SettingsError, match=r"PHOTO_EVENTS: the Flex Consumption plan runs no blob trigger that polls"):
        load(GOOD | environment)
    assert uses_event_grid(environment)
