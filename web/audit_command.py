"""`python -m web audit`: who did what, as lines of JSON or as a table."""

import argparse
import sys
from typing import Any

from shared.access.audit_filter import AuditFilter
from shared.services import Services
from web.audit import FILTERS, MEDIA_TYPES, audit_lines


def add_parser(subjects: Any) -> argparse.ArgumentParser:
    """The parser of this command."""
    parser: argparse.ArgumentParser = subjects.add_parser("audit", help="who did what, the oldest first")
    help_ = {
        "after": "a day or a time, such as 2026-11-26",
        "before": "the same",
        "by": "the name or the id of whoever did it",
        "action": "such as deleted",
        "photo": "the id of a photo",
    }
    for name in FILTERS:
        parser.add_argument(f"--{name}", default="", help=help_[name])
    parser.add_argument("--format", choices=sorted(MEDIA_TYPES), default="jsonl")
    return parser


async def run(arguments: argparse.Namespace, clients: Services) -> None:
    """Print the records."""
    wanted = AuditFilter(**{name: getattr(arguments, name) for name in FILTERS})
    async for line in audit_lines(wanted.walk(clients.audit), arguments.format):
        sys.stdout.write(line.decode())
