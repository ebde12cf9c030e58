"""What the worker writes to the terminal: each line begins with the function it comes from."""

import logging
import sys
import traceback

from .runtime import http_v2, invocation_id_cv

function_names: dict[str, str] = {}
"""Function names by function id and by the id of each running invocation."""


class FunctionErrorFilter(logging.Filter):
    """Drops the web server's copy of a function's own error: the host reports that one."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        stack = traceback.extract_tb(error.__traceback__) if error else []
        return not any(frame.filename == http_v2.__file__ for frame in stack)


def quieten_uvicorn() -> None:
    """One line per invocation is enough, and the host writes it."""
    uvicorn = sys.modules.get("uvicorn.config")
    if uvicorn is None:
        return
    uvicorn.LOGGING_CONFIG["handlers"] = {}
    uvicorn.LOGGING_CONFIG["loggers"] = {"uvicorn.access": {"level": "WARNING"}, "uvicorn.error": {"level": "WARNING"}}
    logging.getLogger("uvicorn.error").addFilter(FunctionErrorFilter())


class FunctionNameFormatter(logging.Formatter):
    """Begins log lines with the function that wrote them."""

    def format(self, record: logging.LogRecord) -> str:
        name = function_names.get(invocation_id_cv.get() or "", "")
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        return f"{self.formatTime(record, '%H:%M:%S')} {name and f'[{name}] '}{level}{super().format(record)}"


def start_logging(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FunctionNameFormatter("%(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for name in ("azure.functions", "azure.core.pipeline.policies.http_logging_policy", "azure.identity"):
        logging.getLogger(name).setLevel(logging.WARNING)
