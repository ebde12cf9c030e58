"""The compiled templates, for every test that looks into them."""

import json
from typing import Any

import pytest

from infra.check import INFRA, NO_COMPILER, compile_template, compiler, is_needed
from tests.infra.templates import Template


@pytest.fixture(scope="session")
def bicep() -> list[str]:
    """The command of the Bicep compiler."""
    command = compiler()
    if command is None:
        (pytest.fail if is_needed() else pytest.skip)(NO_COMPILER)
    return command


@pytest.fixture(scope="session")
def main(bicep: list[str]) -> Template:
    return Template(compile_template(bicep, INFRA / "main.bicep"))


@pytest.fixture(scope="session")
def app(main: Template) -> Template:
    """What is in the resource group."""
    return main.module("app")


@pytest.fixture(scope="session")
def events(bicep: list[str]) -> Template:
    return Template(compile_template(bicep, INFRA / "events.bicep"))


@pytest.fixture(scope="session")
def parameters() -> dict[str, Any]:
    """What azd passes to main.bicep."""
    file: dict[str, Any] = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))
    return {name: each["value"] for name, each in file["parameters"].items()}
