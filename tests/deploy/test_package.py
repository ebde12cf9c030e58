"""What is deployed: the same functions as here, pinned requirements, and nothing else."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from deploy import package
from deploy.bundle import bundle_page
from deploy.package import DEPLOYED, REQUIREMENTS, STAGING, Size, measure, stage
from tests.machine import ROOT, missing

# What the app imports when it is first called as well.
SCRIPT = """
import json, sys
import function_app
import ingest.handlers, web.entry
from web.routes import ROUTES
modules = {route.handler.__module__ for route in ROUTES}
names = sorted(each.get_function_name() for each in function_app.app.get_functions())
print(json.dumps([names, function_app.__file__]))
"""


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("staging") / "dist"
    stage(staging=folder)
    return folder


def functions_in(folder: Path) -> list[str]:
    """The functions that the host would find there, in a process that knows no other folder of ours."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=folder, check=True, capture_output=True, text=True)
    names, file = json.loads(done.stdout)
    assert Path(file).parent == folder
    return list(names)


def test_the_host_finds_the_same_functions_in_it(staging: Path) -> None:
    names = functions_in(staging)

    assert len(names) > 25
    assert names == functions_in(ROOT)


def test_it_has_what_funcignore_leaves_and_nothing_else(staging: Path) -> None:
    """Core Tools read that file, so that both ways deploy the same."""
    staged = {each.relative_to(staging) for each in staging.rglob("*") if each.is_file() and not is_cache(each)}

    assert {each.parts[0] for each in staged} == {*DEPLOYED, "requirements.txt"}
    assert staged == set(published(ROOT))


def is_cache(path: Path) -> bool:
    return path.suffix == ".pyc"  # the tests here import what was staged


PATTERNS = [
    each
    for each in (ROOT / ".funcignore").read_text(encoding="utf-8").splitlines()
    if each and not each.startswith("#")
]


def published(folder: Path) -> Iterator[Path]:
    """The files that .funcignore leaves; its patterns have no slashes, so each is about a name at any depth."""
    for each in folder.iterdir():
        if is_ignored(each.name):
            continue
        if each.is_dir():
            yield from published(each)
        else:
            yield each.relative_to(ROOT)


def is_ignored(name: str) -> bool:
    ignored = False
    for pattern in PATTERNS:
        assert "/" not in pattern
        if fnmatch(name, pattern.removeprefix("!")):
            ignored = not pattern.startswith("!")
    return ignored


def pins(file: Path) -> dict[str, str]:
    """The version of each package of a lock."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", file.read_text(encoding="utf-8"), re.MULTILINE))


def test_requirements_are_those_of_the_lock_with_hashes(staging: Path) -> None:
    deployed, lock = pins(staging / "requirements.txt"), pins(ROOT / "requirements.lock")
    text = (staging / "requirements.txt").read_text(encoding="utf-8")

    assert {name: lock.get(name) for name in deployed} == deployed, "run make lock"
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in entry, entry


def test_requirements_have_all_that_the_app_names_and_the_worker(staging: Path) -> None:
    named = re.findall(r"^([\w-]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)

    assert {*named, "azure-functions-runtime"} <= pins(staging / "requirements.txt").keys(), "run make lock"


def test_a_second_run_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "old.py").touch()

    stage(staging=tmp_path / "dist")

    assert not (tmp_path / "dist" / "old.py").exists()


def test_caches_stay_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "DEPLOYED", ("web",))
    for name in ("web/a.py", "web/page/b.js", "web/__pycache__/a.pyc", "web/page/.DS_Store", "web/.mypy_cache/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1234", encoding="utf-8")

    stage(tmp_path, tmp_path / "dist")

    assert measure(tmp_path / "dist") == Size(3, 8 + REQUIREMENTS.stat().st_size)


def test_what_is_staged_is_not_checked_again() -> None:
    """`make check` would find in the copies what it has found, or not found, in their originals."""
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    copies = [f"{STAGING.relative_to(ROOT)}/{name}/__init__.py" for name in DEPLOYED]

    assert all(any(re.search(each, copy) for each in mypy["exclude"]) for copy in copies)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()  # ruff and biome heed it
    assert f"/{STAGING.name}/" in ignored


def test_one_command_prints_count_and_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(package, "bundle_page", lambda root, page: "the page is bundled")
    monkeypatch.setattr(package, "stage", lambda: None)
    monkeypatch.setattr(package, "measure", lambda folder: Size(1234, 5_600_000))

    assert package.main([]) == 0

    assert capsys.readouterr().out == "the page is bundled\n1,234 files, 5.6 MB in dist, without packages\n"


def test_a_local_build_asks_for_wheels_of_azures_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr("deploy.package.subprocess.run", lambda command, **_: commands.append(command))

    package.install(tmp_path)

    [command] = commands
    assert command[command.index("--target") + 1] == str(tmp_path / ".python_packages" / "lib" / "site-packages")
    assert {"--only-binary=:all:", "3.13", "manylinux_2_28_x86_64"} <= set(command)


def test_the_bundle_replaces_its_sources(tmp_path: Path) -> None:
    if not (ROOT / "web" / "bundle" / "node_modules").exists():
        missing("esbuild (`make bundle` installs it)")
    page = tmp_path / "page"
    shutil.copytree(ROOT / "web" / "page", page, ignore=shutil.ignore_patterns("dist"))

    assert bundle_page(ROOT, page) == "the page is bundled"

    assert [each.name for each in page.iterdir()] == ["dist"]
    assert measure(page / "dist").files < 100


@pytest.mark.parametrize("tools", [{}, {"make": "/bin/false", "npm": "npm"}])
def test_a_page_that_cannot_be_bundled_is_served_as_it_is(
    tools: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").touch()
    monkeypatch.setattr("deploy.bundle.shutil.which", tools.get)

    assert bundle_page(ROOT, tmp_path).startswith("the page is served as it is")
    assert (tmp_path / "index.html").exists()


AZURE_YAML = (ROOT / "azure.yaml").read_text(encoding="utf-8")
HOOKS = sorted((ROOT / "deploy" / "hooks").iterdir())


def test_azd_packs_what_is_staged() -> None:
    assert f"dist: {STAGING.relative_to(ROOT)} " in AZURE_YAML


def test_azd_knows_every_hook() -> None:
    assert sorted(re.findall(r"run: ([\w/.]+)", AZURE_YAML)) == [str(each.relative_to(ROOT)) for each in HOOKS]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.name)
def test_hooks_decide_nothing(hook: Path) -> None:
    """Nobody can test PowerShell everywhere, so all is in Python."""
    lines = [each for each in hook.read_text(encoding="utf-8").splitlines() if not each.startswith("#")]

    assert 1 <= len(lines) <= 2
    command = {"prepackage": "package"}.get(hook.stem, hook.stem)
    assert re.search(rf"python.* -m deploy {command}$", lines[0])
    assert lines[0].startswith("exec ") or lines[1] == "exit $LASTEXITCODE"
