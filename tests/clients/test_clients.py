"""Other people's clients, unchanged, against the running app."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.world import World, running_locked

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES")  # of each operation; with it every phase runs, which takes minutes
ALL = os.environ.get("CLIENTS") == "all"
PHASES = ("--max-examples", EXAMPLES) if EXAMPLES else ("--phases", "fuzzing,stateful", "--max-examples", "3")


def rarely(client: str) -> Any:
    """A client that takes long to import, while one of the same kind is run beside it."""
    return pytest.param(client, marks=pytest.mark.skipif(not ALL, reason="takes long: CLIENTS=all runs it"))


def run(world: World, *command: str | Path, folder: Path = HERE, **environment: str) -> str:
    """The output of a program that finds the app in APP_URL; a failure shows its output."""
    process = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "APP_URL": str(world.http.base_url).rstrip("/"), "NO_PROXY": "*", **environment},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert process.returncode == 0, f"{process.stdout[-12000:]}\n{process.stderr[-6000:]}"
    return process.stdout


@pytest.mark.parametrize("client", ["openai", "openai_contract", "responses", "langchain", rarely("semantic_kernel")])
def test_python_clients_work_unchanged(client: str, world: World, python_clients: Path) -> None:
    run(world, python_clients / "python", HERE / f"chat_{client}.py")


@pytest.mark.parametrize("agent", ["langgraph", "pydantic_ai", "openai_agents", rarely("litellm"), "agent_framework"])
def test_agents_work_with_tools_of_their_own(agent: str, world: World, python_clients: Path) -> None:
    run(world, python_clients / "python", HERE / "chat_agents.py", agent)


def test_instructor_gets_answers_of_a_type(world: World, instructor_client: Path) -> None:
    run(world, instructor_client / "python", HERE / "chat_instructor.py")


@pytest.mark.parametrize("client", ["openai", "openai_contract", "ai_sdk"])
def test_node_clients_work_unchanged(client: str, world: World, node_clients: Path) -> None:
    run(world, node_clients, HERE / f"chat_{client}.mjs")


def test_the_llm_command_line_asks_and_follows_up(world: World, python_clients: Path, tmp_path: Path) -> None:
    base = str(world.http.base_url).rstrip("/")
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: photos\n  model_name: photos\n  api_base: {base}/v1\n", encoding="utf-8"
    )
    llm = python_clients / "llm"
    home = {"LLM_USER_PATH": str(tmp_path)}

    first = run(world, llm, "-m", "photos", "--key", "any", "photos with snow", folder=HERE, **home)
    follow_up = run(world, llm, "-c", "--key", "any", "--no-stream", "only the ones with a dog", folder=HERE, **home)

    assert "Skiers" in first
    assert "Dog" in follow_up
    assert "Skiers" not in follow_up


@dataclass(frozen=True)
class Schemathesis:
    """Checks that all the app does is as its document says, also along links from one answer to the next request."""

    program: Path
    folder: Path

    def check(self, world: World, document: str, *options: str) -> None:
        run(
            world,
            self.program,
            *("--config-file", HERE / "schemathesis.toml"),
            *("run", document, "--checks", "all", *options),
            *("--seed", "7", "--generation-database", "none", "--no-color"),
            folder=self.folder,
            SCHEMATHESIS_HOOKS=str(HERE / "schemathesis_hooks.py"),
        )


@pytest.fixture
def schemathesis(python_clients: Path, tmp_path: Path) -> Schemathesis:
    return Schemathesis(python_clients / "schemathesis", tmp_path)


def test_the_openapi_document_is_true(own_world: World, schemathesis: Schemathesis) -> None:
    url = str(own_world.http.base_url).rstrip("/")

    schemathesis.check(own_world, f"{url}/api/openapi.json", *PHASES)


def test_the_openapi_document_is_true_where_the_app_checks_keys(
    own_world: World, schemathesis: Schemathesis, tmp_path: Path
) -> None:
    key = "k3y" * 20
    with running_locked(own_world, tmp_path, keys=f"owner:full:{key}") as host:
        header = ("--header", f"Authorization: Bearer {key}")
        fewer = ("--phases", "fuzzing,stateful", "--max-examples", EXAMPLES or "3", "--exclude-checks", "ignored_auth")
        schemathesis.check(own_world, f"{host.url}/api/openapi.json", *header, *fewer)
