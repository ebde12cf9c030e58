"""Other people's clients, as they come, against the running app."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.world import World

HERE = Path(__file__).parent


def run(world: World, *command: str | Path, folder: Path = HERE, **environment: str) -> str:
    """What a program prints that is told where the app is; a failure shows all it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "APP_URL": str(world.http.base_url).rstrip("/"), "NO_PROXY": "*", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


@pytest.mark.parametrize("client", ["openai", "langchain", "semantic_kernel"])
def test_python_clients_work_as_they_come(client: str, world: World, python_clients: Path) -> None:
    run(world, python_clients / "python", HERE / f"chat_{client}.py")


def test_the_node_client_works_as_it_comes(world: World, node_clients: Path) -> None:
    run(world, node_clients, HERE / "chat_openai.mjs")


def test_the_llm_command_line_asks_and_follows_up(world: World, python_clients: Path, tmp_path: Path) -> None:
    base = str(world.http.base_url).rstrip("/")
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: photos\n  model_name: photos\n  api_base: {base}/v1\n", encoding="utf-8"
    )
    llm = python_clients / "llm"
    home = {"LLM_USER_PATH": str(tmp_path)}

    streamed = run(world, llm, "-m", "photos", "--key", "any", "photos with snow", folder=HERE, **home)
    followed = run(world, llm, "-c", "--key", "any", "--no-stream", "only the ones with a dog", folder=HERE, **home)

    assert "Skiers" in streamed
    assert "Dog" in followed
    assert "Skiers" not in followed


def test_the_openapi_document_is_true(world_to_spoil: World, python_clients: Path, tmp_path: Path) -> None:
    base = str(world_to_spoil.http.base_url).rstrip("/")

    run(
        world_to_spoil,
        python_clients / "schemathesis",
        *("--config-file", HERE / "schemathesis.toml"),
        *("run", f"{base}/api/openapi.json", "--checks", "all"),
        *("--max-examples", "15", "--seed", "7", "--generation-database", "none", "--no-color"),
        folder=tmp_path,
        SCHEMATHESIS_HOOKS=str(HERE / "schemathesis_hooks.py"),
    )
