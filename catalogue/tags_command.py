"""`python -m catalogue tags rename`: another tag in place of one or several, over the whole library."""

import argparse
from typing import Any

from catalogue.context import catalogue_context
from catalogue.tag_cleaning import check_rename, rename_all_tags
from shared.access.audit import record
from shared.services import Services

BY = "command line"  # who edited, in the history of a photo


def add_parsers(subjects: Any) -> list[argparse.ArgumentParser]:
    """The parsers of these commands; each names the function that runs it."""
    tags = subjects.add_parser("tags", help="the tags of photos")
    commands = tags.add_subparsers(dest="command", required=True)
    rename = commands.add_parser("rename", help="write another tag in place of one, or of several, as an edit of each")
    rename.add_argument("old", nargs="+", metavar="TAG")
    rename.add_argument("--to", required=True, metavar="TAG")
    rename.set_defaults(run=_rename)
    return [tags, rename]


async def _rename(arguments: argparse.Namespace, clients: Services) -> int:
    parameters = check_rename({"old": arguments.old, "new": arguments.to})
    await clients.catalogue.refresh()
    changed = await rename_all_tags(catalogue_context(), by=BY, **parameters)
    await record("edited", about="tags", count=changed)
    print(f"{changed:,} photos have the tag {parameters['new']} now; the history of each can undo it")
    return 0
