"""What loggers are given: nothing that may hold a path, a question, a caption or a key, wherever a line is written."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.test_house import APP, modules, nodes

METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
# These decide by LOG_PATHS what may be written: shared/log_text.py.
LABELS = {"photo_label", "error_label"}
# Expressions, by module, that are numbers, names of resources and models, digests, or words of our own.
HARMLESS = {
    "catalogue/jobs/slices.py": {"turn.attempt", "turn.id"},
    "ingest/batch_captions/answers.py": {
        "len(batch.captions)",
    },
    "ingest/batch_captions/booking.py": {
        "result.dropped",
        "result.failed",
        "result.kept",
        "result.status",
    },
    "ingest/caption_once.py": {"digest"},
    "ingest/companions.py": {"each.size"},
    "ingest/describe.py": {"reply.usage.total"},
    "ingest/heal_collections.py": {"count"},
    "ingest/facts/guard.py": {"block"},
    "ingest/fill_times.py": {"count"},
    "ingest/migration/alignment.py": {"done", "len(ids)", "number + 1"},
    "ingest/migration/mending.py": {"count", "id_"},
    "ingest/migration/steps.py": {"new.live"},
    "ingest/other_containers.py": {"container"},
    "ingest/reconcile.py": {"slice_.report", "slice_.round.slices"},
    "ingest/edits.py": {"len(stale)"},
    "ingest/refresh.py": {"ticket.attempt", "label or reason"},
    "ingest/retries.py": {"failure.id", "label", "seconds", "ticket.attempt"},
    "ingest/sweep.py": {"count"},
    "ingest/trash.py": {"len(deleted)"},
    "ingest/tend_jobs.py": {"each.id"},
    "query/chat/budget.py": {"budget.tokens"},
    "query/chat/turn.py": {"model"},
    "query/search/calibrator.py": {"calibration.photos"},
    "shared/access/audit.py": {"lost"},
    "web/mcp/tools.py": {"tool.name"},
    "shared/models/client.py": {"model", "said", "workaround.field", "workaround.loss", "workaround.value"},
    "shared/models/image_embeddings.py": {"workaround.field"},
    "shared/search/index.py": {
        "' and '.join(added)",
        "SERVICE",
        "each",
        "each.key",
        "each.status_code",
        "said",
        "self._name",
    },
    "shared/service_clock.py": {"offset.total_seconds()"},
    "shared/storage_resources.py": {"_name(client)", "names"},
    "shared/stores/audit.py": {"part.day"},
    "shared/stores/budget.py": {"100 * used", "day", "known"},
    "shared/stores/description_claim.py": {"self.blob.blob_name"},  # a digest and a recipe
    "shared/stores/feedback.py": {"day"},
    "shared/stores/spending.py": {"day", "total"},
    "shared/stores/usage.py": {"name"},  # of a blob: a day and an instance
    "shared/telemetry/destinations.py": {"advice", "signal", "type(error).__name__"},
    "shared/telemetry/guard.py": {"kind"},
}


def calls_of_loggers(path: Path) -> Iterator[ast.Call]:
    """`log.info(...)` and `logging.getLogger(...).info(...)`."""
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            logger = ast.unparse(node.func.value)
            if logger in {"log", "logger", "logging"} or "getLogger" in logger:
                yield node


def is_label(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LABELS


def test_what_a_log_line_is_made_of_goes_through_a_label_or_is_harmless() -> None:
    assert [f"{path}:{line}: {what}" for path in modules(*APP) for line, what in lines_that_may_tell(path)] == []


def lines_that_may_tell(path: Path) -> Iterator[tuple[int, str]]:
    """Where a module may write what is private, and why."""
    harmless = HARMLESS.get(path.as_posix(), set())
    for call in calls_of_loggers(path):
        text, *values = call.args
        if not isinstance(text, ast.Constant):
            yield call.lineno, "the text is a literal, and values are arguments"
        if call.keywords:
            yield call.lineno, "use log.exception, whose traceback is cleared"
        unknown = [each for each in values if not is_label(each) and ast.unparse(each) not in harmless]
        yield from ((call.lineno, f"is {ast.unparse(each)!r} a path, or the words of an error?") for each in unknown)


def test_the_list_of_what_is_harmless_is_not_too_long() -> None:
    used = {
        (path.as_posix(), ast.unparse(value))
        for path in modules(*APP)
        for call in calls_of_loggers(path)
        for value in call.args[1:]
    }

    assert {(path, value) for path, values in HARMLESS.items() for value in values} <= used
