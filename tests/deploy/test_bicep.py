"""Which compiler is used, and what is said where there is none."""

import re
from pathlib import Path

import pytest

from deploy.bicep import MISSING, compile_template
from deploy.errors import DeployError


def script(file: Path, output: str = '{"from": "$0", "arguments": "$*"}', code: int = 0) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n/bin/cat <<END\n{output}\nEND\nexit {code}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("place", ["azd/bin/bicep", "path/bicep"])
def test_a_compiler_is_found_where_azd_keeps_it_or_on_the_path(tmp_path: Path, place: str) -> None:
    compiler = script(tmp_path / place)
    environment = {"AZD_CONFIG_DIR": str(tmp_path / "azd"), "PATH": str(tmp_path / "path")}

    assert compile_template(Path("x.bicep"), environment) == {
        "from": str(compiler),
        "arguments": "build --stdout x.bicep",
    }


def test_that_of_the_azure_cli_is_the_last(tmp_path: Path) -> None:
    script(tmp_path / "path" / "az")
    environment = {"AZD_CONFIG_DIR": str(tmp_path), "PATH": str(tmp_path / "path")}

    assert compile_template(Path("x.bicep"), environment)["arguments"] == "bicep build --stdout --file x.bicep"
    bicep = script(tmp_path / "own" / "bicep")
    assert compile_template(Path("x.bicep"), {**environment, "BICEP": str(bicep)})["from"] == str(bicep)


def test_without_one_it_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=re.escape(MISSING)):
        compile_template(Path("x.bicep"), {"AZD_CONFIG_DIR": str(tmp_path), "PATH": str(tmp_path)})


def test_what_the_compiler_says_is_the_error(tmp_path: Path) -> None:
    bicep = script(tmp_path / "bicep", code=1)

    with pytest.raises(DeployError, match=r"x\.bicep was not compiled by"):
        compile_template(Path("x.bicep"), {"BICEP": str(bicep)})


def test_a_compiler_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "bicep")

    with pytest.raises(DeployError, match=f"{re.escape(missing)} cannot be run: No such file or directory"):
        compile_template(Path("x.bicep"), {"BICEP": missing})
