"""The rules of the house: who may import whom, what importing the app may cost."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {
    "catalogue",
    "ingest",
    "query",
    "shared",
    "web",
    "infra",
    "deploy",
    "local",
    "function_app",
    "tests",
    "benchmarks",
}
MAY_IMPORT = {
    "catalogue": {"catalogue", "shared"},
    "ingest": {"ingest", "shared"},
    "query": {"query", "shared"},
    "shared": {"shared"},
    "web": {"web", "catalogue", "ingest", "query", "shared"},
    "function_app.py": {"web", "catalogue", "ingest", "shared"},
    "local": {"local"},
    "deploy": {"deploy", "query", "shared"},
}
TELEMETRY = ("destinations", "file_exporter", "guard", "log_export", "provider")
SPEAKS = {
    "openai": {f"shared/models/{name}.py" for name in ("batches", "client", "errors", "image_embeddings", "wire")},
    "azure.search": {"shared/search/index.py"},
    "azure.storage": {
        "shared/blob_lease.py",
        "shared/blob_reader.py",
        "shared/blob_upload.py",
        "shared/storage.py",
        "shared/stores/feedback.py",
        "shared/stores/host_queues.py",
        "shared/stores/index_record.py",
        "shared/stores/limitations.py",
        "shared/stores/link_secrets.py",
        "shared/stores/queue_probe.py",
        "shared/storage_resources.py",
        "shared/stores/access.py",
        "shared/stores/api_keys.py",
        "shared/stores/budget.py",
        "shared/stores/audit.py",
        "shared/stores/catalogue.py",
        "shared/stores/calibrations.py",
        "shared/stores/caption_batches.py",
        "shared/stores/collections.py",
        "shared/stores/description_claim.py",
        "shared/stores/descriptions.py",
        "shared/stores/edits.py",
        "shared/stores/exports.py",
        "shared/stores/failures.py",
        "shared/stores/jobs.py",
        "shared/stores/moves.py",
        "shared/stores/proposals.py",
        "shared/stores/reconcile_rounds.py",
        "shared/stores/shares.py",
        "shared/stores/spending.py",
        "shared/stores/tickets.py",
        "shared/stores/trash.py",
        "shared/stores/usage.py",
        "shared/stores/vocabulary.py",
    },
    "azure.functions": {"function_app.py"},
    "opentelemetry": {f"shared/telemetry/{name}.py" for name in TELEMETRY},
    "azure.monitor": {"shared/telemetry/destinations.py"},
}
APP = ("catalogue", "ingest", "query", "shared", "web", "function_app.py")
WIRING = "shared/services.py"  # builds the clients, so it names their classes


@cache
def modules(*tops: str) -> list[Path]:
    return list(_modules(tops))


def tree(path: Path) -> ast.Module:
    """The syntax tree of one of our modules."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def nodes(path: Path) -> Iterator[ast.AST]:
    """All that stands in one of our modules."""
    return ast.walk(tree(path))


def _modules(tops: Iterable[str]) -> Iterator[Path]:
    for top in tops:
        path = ROOT / top
        found = [path] if path.is_file() else sorted(path.rglob("*.py"))
        yield from (each.relative_to(ROOT) for each in found if "node_modules" not in each.parts)


@cache
def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and name_of(node.func) in {"import_module", "__import__", "LazyHandlers"}:
            names |= {
                each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return names


def name_of(function: ast.expr) -> str:
    """`import_module` for both `import_module(...)` and `importlib.import_module(...)`."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def imports_of_ours(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(path)} & OURS


def test_arrows_point_one_way() -> None:
    wrong = {str(path): imports_of_ours(path) - MAY_IMPORT[path.parts[0]] for path in modules(*MAY_IMPORT)}

    assert {path: names for path, names in wrong.items() if names} == {}


@pytest.mark.parametrize(("sdk", "speakers"), list(SPEAKS.items()))
def test_few_files_speak_each_sdk(sdk: str, speakers: set[str]) -> None:
    speaking = {
        str(path)
        for path in modules(*APP)
        if any(name == sdk or name.startswith(f"{sdk}.") for name in imports_of(path))
    }

    assert speaking - {WIRING} == speakers


def test_every_module_says_what_it_is_for() -> None:
    assert [str(path) for path in modules(*APP, "deploy", "local") if not ast.get_docstring(tree(path))] == []


def test_importing_the_app_pulls_in_nothing_heavy() -> None:
    heavy = ("openai", "azure.search", "PIL", "azure.storage.blob.aio", "opentelemetry.sdk", "azure.monitor")
    script = f"import sys, function_app; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


def test_importing_the_app_needs_no_settings() -> None:
    script = "import function_app; print(len(function_app.app._function_builders))"

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True, env={"PATH": ""}
    )

    assert int(done.stdout) > 15


# Types of OpenAI's wire format, which the app and its stand-in spell alike.
WORKER = Path(
    "local/host/worker_process"
)  # loaded under a name of its own, so that nothing of ours is on the app's path
SHARED_NAMES = {"ChatRequest", "CompletionUsage", "ImageUrl", "StreamOptions", "ToolCall"}


def test_a_class_name_has_one_meaning() -> None:
    homes: dict[str, list[str]] = {}
    for path in modules(*APP, "deploy", "local"):
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(str(path))

    assert {name: paths for name, paths in homes.items() if len(paths) > 1 and name not in SHARED_NAMES} == {}


def test_our_modules_are_imported_in_one_style() -> None:
    """`from package.module import Name`, or `from package import module`; never relative and never `import a.b`."""
    everywhere = modules(*APP, "deploy", "local", "tests", "benchmarks")

    assert [f"{path}:{line}: {what}" for path in everywhere for line, what in imports_in_another_style(path)] == []


def imports_in_another_style(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.level and not path.is_relative_to(WORKER):
            yield node.lineno, "a relative import"
        elif isinstance(node, ast.Import):
            ours = [alias.name for alias in node.names if alias.name.partition(".")[0] in OURS and "." in alias.name]
            yield from ((node.lineno, f"imports {name}") for name in ours)


DOOR = Path("shared/prompt_text.py")
MADE_OF_OUR_WORDS = {"own", "PromptTemplate"}


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_text_of_ours_in_prompts_stands_in_the_source() -> None:
    """All other text is `untrusted`; what the type checker cannot see is who wrote a `str`."""
    others = [path for path in modules(*APP) if path != DOOR]

    assert [f"{path}:{line}: {what}" for path in others for line, what in ways_round_the_door(path)] == []


def ways_round_the_door(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes(path):
        if not isinstance(node, ast.Call):
            continue
        if name_of(node.func) in MADE_OF_OUR_WORDS and not is_literal(node.args[0]):
            yield node.lineno, "write the text there, and pass values by name"
        if name_of(node.func) == "cast" and "Prompt" in ast.unparse(node.args[0]):
            yield node.lineno, "goes round the door"


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_digest(path: Path) -> None:
    actions = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert actions
    for action in actions:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
