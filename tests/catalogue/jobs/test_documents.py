"""What docs/jobs.md says of the actions."""

import re
from pathlib import Path

from web.job_actions import job_actions

ROW = re.compile(r"^\| `(\w+)` \|.*\| (yes|no)[^|]*\|$", re.MULTILINE)


def test_the_table_of_actions_is_that_of_the_code() -> None:
    rows = ROW.findall((Path(__file__).parents[3] / "docs" / "jobs.md").read_text(encoding="utf-8"))

    assert {(name, undo == "yes") for name, undo in rows} == {
        (each.name, each.undoable) for each in job_actions().values()
    }
