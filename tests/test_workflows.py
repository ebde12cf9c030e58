"""The workflows: least permissions, one run at a time, caches, the compiler, and every knob of the template."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# What a job may do besides reading the code.
MORE = {
    ("deploy", "deploy"): {"id-token": "write"},  # signs in to Azure by a federated credential
    ("supply-chain", "code"): {"security-events": "write"},  # reports what CodeQL finds
}


def load(name: str) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    return workflow


def commands(job: dict[str, Any]) -> str:
    return "\n".join(each.get("run", "") for each in job["steps"])


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param.name)


def test_a_workflow_may_do_no_more_than_it_must(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        more = MORE.get((workflow["name"], name))
        assert job.get("permissions") == ({"contents": "read"} | more if more else None), name


def test_runs_of_one_branch_do_not_pile_up(workflow: dict[str, Any]) -> None:
    assert workflow["concurrency"].keys() == {"group", "cancel-in-progress"}


def test_every_job_has_a_time_limit(workflow: dict[str, Any]) -> None:
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())


def test_no_checkout_leaves_credentials_behind(workflow: dict[str, Any]) -> None:
    steps = [each for job in workflow["jobs"].values() for each in job["steps"]]
    checkouts = [each for each in steps if each.get("uses", "").startswith("actions/checkout")]

    assert checkouts
    assert all(each["with"]["persist-credentials"] is False for each in checkouts)


def test_ci_caches_what_it_installs() -> None:
    steps = [
        each for job in load("ci.yml")["jobs"].values() for each in job["steps"] if "setup-" in each.get("uses", "")
    ]

    for step in steps:
        assert step["with"]["cache"] in {"pip", "npm"}
        for path in step["with"]["cache-dependency-path"].split():
            assert (ROOT / path).is_file()


@pytest.mark.parametrize("job", ["everything", "infrastructure"])
def test_ci_installs_the_bicep_compiler(job: str) -> None:
    script = commands(load("ci.yml")["jobs"][job])

    assert re.search(r"az bicep install --version v\d+\.\d+\.\d+\n", script)
    assert '"$HOME/.azure/bin" >> "$GITHUB_PATH"' in script


def test_what_ci_leaves_out_runs_once_a_week() -> None:
    named = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)*)=all\b", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    job = load("weekly.yml")["jobs"]["thoroughly"]

    assert {"ATTACKS", "LOOKS"} <= named == {name for name, value in job["env"].items() if value == "all"}
    assert all((ROOT / each).is_dir() for each in job["strategy"]["matrix"]["tests"])
    assert 'bash .ci/run "$TESTS"' in commands(job)


def test_a_deployment_is_never_cancelled() -> None:
    assert load("azure-dev.yml")["concurrency"]["cancel-in-progress"] is False


def test_a_deployment_signs_in_without_a_secret() -> None:
    text = (ROOT / ".github" / "workflows" / "azure-dev.yml").read_text(encoding="utf-8")

    assert "--federated-credential-provider github" in text
    assert "secrets." not in text


def test_a_deployment_keeps_the_key_that_clients_have() -> None:
    script = commands(load("azure-dev.yml")["jobs"]["deploy"]).splitlines()

    assert script.index("azd env get-value AZURE_KEY_VAULT_NAME") < script.index("azd provision --no-prompt")


def test_a_deployment_knows_every_knob() -> None:
    parameters = (ROOT / "infra" / "main.parameters.json").read_text(encoding="utf-8")
    environment = load("azure-dev.yml")["jobs"]["deploy"]["env"]
    # azd itself knows who signs in, and the vault from what is deployed already.
    knobs = set(re.findall(r"\$\{(\w+)", parameters)) - {"AZURE_PRINCIPAL_ID", "AZURE_KEY_VAULT_NAME"}

    assert knobs <= environment.keys()
    assert all(
        value == f"${{{{ vars.{name} }}}}" for name, value in environment.items() if name != "AZURE_PRINCIPAL_TYPE"
    )


@pytest.mark.skipif(not shutil.which("bash"), reason="the step is written for bash")
def test_the_knobs_of_a_deployment_win_over_what_was_deployed_last(tmp_path: Path) -> None:
    """VNET_ENABLED is an output of the template as well, and postdeploy reads HTTP_AUTH and SAMPLES there."""
    steps = [each.get("run", "") for each in load("azure-dev.yml")["jobs"]["deploy"]["steps"]]
    [number] = [number for number, each in enumerate(steps) if "azd env set" in each]
    azd = tmp_path / "azd"
    azd.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n')
    azd.chmod(0o755)
    knobs = {"VNET_ENABLED": "true", "HTTP_AUTH": "function", "SAMPLES": "0", "ALLOWED_HOSTS": "a.example, b.example"}
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "AZURE_SEARCH_SKU": "", **knobs}

    subprocess.run(["bash", "-e", "-c", steps[number]], cwd=ROOT, env=environment, check=True)

    calls = (tmp_path / "calls").read_text().splitlines()
    assert sorted(calls) == sorted(f"env set {name} {value}" for name, value in knobs.items())
    [refreshed] = [number for number, each in enumerate(steps) if "azd env refresh" in each]
    assert refreshed < number < steps.index("azd provision --no-prompt")


def test_what_make_check_says_of_a_workflow_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yml"
    file.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    stepz: []\n")
    check = Path(sys.executable).with_name("check-jsonschema")

    result = subprocess.run(
        [check, "--builtin-schema", "vendor.github-workflows", file], capture_output=True, text=True, check=False
    )

    assert result.returncode == 1
    assert "stepz" in result.stdout
