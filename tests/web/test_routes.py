"""The routes: their handlers exist, and a misspelt one does not pass the type checker."""

import inspect
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from web.routes import ROUTES, Route

ROOT = Path(__file__).parents[2]
PACKAGES = ("web", "catalogue", "ingest", "query", "shared")
DO_NOT_FOLLOW_SDKS = """
[[tool.mypy.overrides]]
module = ["azure.core.*", "azure.identity.*", "azure.search.*", "azure.storage.*", "numpy.*", "openai.*", "PIL.*"]
follow_imports = "skip"
"""
# The name of each handler as it is written in the table, by function.
HANDLERS = dict(
    re.findall(r'Route\(\s*"(\w+)", "\w+", "[^"]*", ([\w.]+)', (ROOT / "web" / "routes.py").read_text(encoding="utf-8"))
)
MODULES = {
    "openapi": "openapi.document",
    "mcp": "mcp.endpoint",
}  # what a module is called in the table, where that is not its own name


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
def test_every_handler_exists(route: Route) -> None:
    module, _, name = HANDLERS[route.function].partition(".")
    handler = getattr(import_module(f"web.{MODULES.get(module, module)}"), name)

    assert inspect.iscoroutinefunction(handler)
    assert list(inspect.signature(handler).parameters) == ["request"]


def test_functions_and_routes_are_unique() -> None:
    assert len({route.function for route in ROUTES}) == len(ROUTES) == len(HANDLERS)
    assert len({(route.method, re.sub(r"\{.*?\}", "{}", route.path)) for route in ROUTES}) == len(ROUTES)


def test_only_the_page_what_is_signed_shares_and_the_health_check_need_no_key() -> None:
    assert {route.function for route in ROUTES if route.anonymous} == {
        *("page", "page_file", "health", "picture", "export_file", "mcp_stream", "mcp_end"),
        *("share_page", "shared", "unlock_shared", "shared_photos", "shared_original", "shared_picture"),
    }


def test_what_needs_no_key_of_shares_has_addresses_of_its_own_to_let_through() -> None:
    visited = {route.path for route in ROUTES if route.anonymous and "share" in route.function}
    assert {path.split("/")[0:2][-1] if path.startswith("api/") else path.split("/")[0] for path in visited} == {
        "shared",
        "s",
    }
    assert not [route for route in ROUTES if route.path.startswith("api/shared") and not route.anonymous]


def test_public_addresses_stay_as_they_are() -> None:
    assert {f"{route.method} {route.path} {route.function}" for route in ROUTES} == {
        "GET / page",
        "GET page/{*file} page_file",
        "GET api/health health",
        "GET api/openapi.json openapi",
        "GET api/me me",
        "POST v1/chat/completions chat_completions",
        "POST v1/responses responses",
        "GET v1/responses/{id} response",
        "GET v1/models models",
        "GET v1/models/{id} model",
        "POST mcp mcp",
        "GET mcp mcp_stream",
        "DELETE mcp mcp_end",
        "GET api/search search",
        "GET api/map map",
        "GET api/catalogue catalogue_fields",
        "PUT api/catalogue set_fields",
        "GET api/vocabulary vocabulary",
        "PUT api/vocabulary set_vocabulary",
        "GET api/access access",
        "PUT api/access set_access",
        "POST api/search search_by_picture",
        "GET api/export export",
        "POST api/export export_ids",
        "GET api/exports/{id} large_export",
        "GET api/exports/{id}/photos.zip export_file",
        "POST api/import import_csv",
        "PUT api/photos/{*path} upload",
        "GET api/photos/{id} photo",
        "PATCH api/photos/{id} edit",
        "DELETE api/photos/{id} delete",
        "GET api/photos/{id}/history history",
        "GET api/photos/{id}/descriptions descriptions",
        "POST api/photos/{id}/undo undo",
        "POST api/photos/{id}/move move",
        "GET api/photos/{id}/similar similar",
        "GET api/photos/{id}/thumbnail thumbnail",
        "GET api/photos/{id}/preview preview",
        "GET api/photos/{id}/original original",
        "GET api/photos/{id}/large large",
        "GET api/review review",
        "GET api/originals/{*path} original_at",
        "DELETE api/originals/{*path} delete_original",
        "POST api/links picture_links",
        "GET api/pictures/{size}/{id} picture",
        "POST api/feedback feedback",
        "GET api/trash trash",
        "DELETE api/trash empty_trash",
        "DELETE api/trash/{id} delete_for_good",
        "POST api/trash/{id}/restore restore",
        "GET api/collections collections",
        "POST api/collections make_collection",
        "GET api/collections/{id} collection",
        "PATCH api/collections/{id} change_collection",
        "DELETE api/collections/{id} delete_collection",
        "GET api/collections/{id}/photos collection_photos",
        "PUT api/collections/{id}/photos set_members",
        "POST api/collections/{id}/photos add_members",
        "GET api/proposals proposals",
        "GET api/proposals/{id} proposal",
        "POST api/proposals/{id}/accept accept_proposal",
        "DELETE api/proposals/{id} dismiss_proposal",
        "POST api/shares make_share",
        "GET api/shares shares",
        "DELETE api/shares/{id} revoke_share",
        "GET s/{*token} share_page",
        "GET api/shared shared",
        "POST api/shared/pass unlock_shared",
        "GET api/shared/photos shared_photos",
        "GET api/shared/photos/{id}/original shared_original",
        "GET api/shared/pictures/{size}/{id} shared_picture",
        "POST api/jobs make_job",
        "POST api/jobs/estimate estimate_job",
        "GET api/jobs jobs",
        "GET api/jobs/{id} job",
        "DELETE api/jobs/{id} cancel_job",
        "POST api/jobs/{id}/undo undo_job",
        "GET api/status status",
        "GET api/failures failures",
        "DELETE api/failures delete_failures",
        "DELETE api/failures/{id} delete_failure",
        "POST api/failures/{id}/retry retry",
        "POST api/failures/retry retry_all",
        "GET api/audit audit",
    }


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the app's Python, in which mypy does not follow the big SDKs."""
    copy = tmp_path_factory.mktemp("sources")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("page", "gazetteer", "__pycache__"))
    shutil.copy(ROOT / "function_app.py", copy)
    configuration = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (copy / "pyproject.toml").write_text(configuration + DO_NOT_FOLLOW_SDKS, encoding="utf-8")
    return copy


def type_errors(sources: Path) -> str:
    """What mypy says about the two files that call handlers, as strictly as `make check` does."""
    process = subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports", "silent", "function_app.py", "web/routes.py"],
        cwd=sources,
        capture_output=True,
        text=True,
        check=False,
    )
    return process.stdout + process.stderr


def misspell(file: Path, call: str, misspelt: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert call in text
    file.write_text(text.replace(call, misspelt), encoding="utf-8")


def test_a_misspelt_handler_fails_the_type_check(sources: Path) -> None:
    assert "Success: no issues found in 2 source files" in type_errors(sources)

    misspell(sources / "web" / "routes.py", "photos.upload", "photos.uplaod")
    misspell(sources / "function_app.py", "handlers.retry_due(", "handlers.retry_deu(")
    errors = type_errors(sources)

    assert re.search(r'web/routes\.py:\d+: error: .*"uplaod"', errors)
    assert re.search(r'function_app\.py:\d+: error: .*"retry_deu"', errors)
    assert "Found 2 errors in 2 files" in errors
