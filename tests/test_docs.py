"""The documentation fails the build when it stops being true."""

import json
import re
from pathlib import Path

import pytest

from shared.prices import LISTED
from shared.settings import Settings
from web.openapi.document import document
from web.routes import ROUTES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SETTINGS = sorted({each.alias or name for name, each in Settings.model_fields.items()})


@pytest.mark.parametrize("name", sorted({*SETTINGS, *SAMPLE}))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


def test_the_sample_has_what_has_no_default() -> None:
    required = {each.alias for each in Settings.model_fields.values() if each.is_required()}

    assert required | {"PhotoStorage"} <= SAMPLE.keys()


DEFAULTS = {
    str(each.alias): each.default
    for each in Settings.model_fields.values()
    if each.default not in (None, "", (), LISTED)
}


@pytest.mark.parametrize(
    "name", [name for name, default in DEFAULTS.items() if not str(default).startswith("Pydantic")]
)
def test_defaults_in_the_readme_are_the_defaults(name: str) -> None:
    [shown] = re.findall(rf"^\| `{name}` \| `([^`]*)`", README, re.MULTILINE)

    default = DEFAULTS[name]
    if isinstance(default, bool):
        default = "on" if default else "off"
    assert shown == (f"{default:g}" if isinstance(default, float) else str(default))


def test_the_sample_holds_no_default_on() -> None:
    """Whoever copies it would keep today's default for ever."""
    shown = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", README, re.MULTILINE))
    needed_by_func_start = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsDisableHomepage"}

    assert {name for name, value in SAMPLE.items() if shown.get(name) == value} == needed_by_func_start


@pytest.mark.parametrize("word", sorted(set(re.findall(r"(?<!keys )\bmake (\w+)", README))))
def test_every_make_word_exists(word: str) -> None:
    assert re.search(rf"^{word}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((?!https?:|#)([^)#]+)", README))))
def test_every_link_leads_somewhere(path: str) -> None:
    assert (ROOT / path).exists()


PROMISES = re.findall(r"^\| (.+?) \| (`.+`) \|$", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("tests", [tests for _, tests in PROMISES])
def test_every_promise_of_security_is_held_by_tests_that_exist(tests: str) -> None:
    assert len(PROMISES) > 10
    for path in re.findall(r"`([^`]+)`", tests):
        assert (ROOT / path).is_file(), path


DOCUMENTS = [ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
CODE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


@every_document
def test_every_link_of_the_other_documents_leads_somewhere(document: Path) -> None:
    text = CODE.sub("", document.read_text(encoding="utf-8"))

    for path, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def anchors(document: Path) -> set[str]:
    """The names by which GitHub links to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_every_setting_of_the_other_documents_exists(document: Path) -> None:
    named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", document.read_text(encoding="utf-8")))
    # Of Azure, of OpenTelemetry and of the local host.
    of_others = {"WEBSITE_HOSTNAME", "WEBSITE_AUTH_ENABLED", "PYTHON_ENABLE_OPENTELEMETRY", "PEOPLE_FILE"}

    assert {name for name in named if not name.startswith("OTEL_")} <= {*SETTINGS, *of_others}


@every_document
def test_every_command_of_the_other_documents_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    code = "\n".join([*(block for _, block in CODE.findall(text)), *re.findall(r"`([^`]+)`", CODE.sub("", text))])

    for module in re.findall(r"python -m (\w[\w.]*)", code):
        assert is_module(module), module
    for word in re.findall(r"^make (\w+)(?= +[A-Z#]|$)", code, re.MULTILINE):
        assert re.search(rf"^{word}:", MAKEFILE, re.MULTILINE), word


@every_document
def test_every_example_of_the_other_documents_can_be_read(document: Path) -> None:
    for language, block in CODE.findall(document.read_text(encoding="utf-8")):
        if language == "json":
            json.loads(block)
        if language == "python":
            compile(block, str(document), "exec")


def test_every_module_run_by_the_readme_exists() -> None:
    for module in re.findall(r"python -m ([\w.]+)", README):
        assert is_module(module), module


def is_module(name: str) -> bool:
    """Whether `python -m` finds it here."""
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_every_route_of_the_readme_exists() -> None:
    paths = {path for _, path in routes()}

    named = re.findall(r"^\| `(?:[A-Z]+ )?/([^`?]*)`", README, re.MULTILINE)

    assert named
    assert {plain(route) for route in named} <= paths


def test_every_route_of_the_api_is_in_the_openapi_document() -> None:
    paths = document(("photos",))["paths"]
    described = {(method.upper(), plain(path.lstrip("/"))) for path, does in paths.items() for method in does}

    served = {(method, route) for method, route in routes() if route.startswith(("api/", "v1/"))}

    assert served - described == {("GET", "api/openapi.json")}
    assert described <= served


def routes() -> set[tuple[str, str]]:
    """The method and the route of every HTTP function."""
    return {(route.method, plain(route.path.lstrip("/"))) for route in ROUTES}


def plain(route: str) -> str:
    """A route whatever its parameters are called."""
    return re.sub(r"\{\*?\w+\}", "{}", route)
