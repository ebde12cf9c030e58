"""Who did what, read by admins: a page at a time, or as a file; and what each route writes down."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.errors import Outage
from shared.photo import photo_id
from shared.stores.audit import AuditPart, AuditRecord
from shared.stores.trash import TrashedPhoto
from tests.web.fake_services import FakeServices
from web.audit import AuditCursor

TODAY = datetime.now(UTC).date()
IDS = [photo_id(f"{number}.jpg") for number in range(10)]


def entry(number: int, *, days_ago: int = 0, action: str = "edited", by: str = "Ann") -> AuditRecord:
    at = f"{TODAY - timedelta(days=days_ago)}T10:00:{number:02d}Z"
    return AuditRecord(at=at, action=action, by=by, by_id=f"id of {by}", role="editor", photos=(IDS[number],))


@pytest.fixture
def log(services: FakeServices) -> FakeServices:
    """Ten records of two days, in three parts, with a damaged line."""
    services.audit.pages = {
        AuditPart(TODAY - timedelta(days=1)): [entry(0, days_ago=1), None, entry(1, days_ago=1, by="=1+1")],
        AuditPart(TODAY, 1): [entry(number) for number in range(2, 6)],
        AuditPart(TODAY, 2): [entry(number, action="deleted") for number in range(6, 10)],
    }
    return services


async def numbers(http: httpx.AsyncClient, **parameters: str) -> list[int]:
    """The numbers of the photos of all pages."""
    photos: list[int] = []
    cursor = ""
    while True:
        page = (await http.get("/api/audit", params=parameters | ({"cursor": cursor} if cursor else {}))).json()
        photos += [IDS.index(each["photos"][0]) for each in page["records"]]
        cursor = page["next"]
        if not cursor:
            return photos


@pytest.mark.parametrize("top", ["1", "2", "3", "4", "10", "1000"])
async def test_pages_go_back_in_time_and_leave_nothing_out(
    top: str, http: httpx.AsyncClient, log: FakeServices
) -> None:
    assert await numbers(http, top=top) == list(range(9, -1, -1))


async def test_a_page_stays_the_same_while_more_is_written(http: httpx.AsyncClient, log: FakeServices) -> None:
    first = (await http.get("/api/audit", params={"top": "3"})).json()
    log.audit.pages[AuditPart(TODAY, 2)] += [entry(0), entry(1)]

    second = (await http.get("/api/audit", params={"top": "3", "cursor": first["next"]})).json()
    assert [IDS.index(each["photos"][0]) for each in second["records"]] == [6, 5, 4]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"photo": IDS[3]}, [3]),
        ({"action": "deleted"}, [9, 8, 7, 6]),
        ({"by": "=1+1"}, [1]),
        ({"by": "id of Ann", "after": str(TODAY)}, [9, 8, 7, 6, 5, 4, 3, 2]),
        ({"before": str(TODAY)}, [1, 0]),
        ({"after": f"{TODAY}T10:00:08Z"}, [9, 8]),
        ({"after": f"{TODAY}T12:00:08+02:00"}, [9, 8]),
        ({"action": "shared"}, []),
    ],
)
async def test_records_are_chosen(
    parameters: dict[str, str], expected: list[int], http: httpx.AsyncClient, log: FakeServices
) -> None:
    assert await numbers(http, **parameters) == expected


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"after": "yesterday"}, "after"),
        ({"before": "2026-99-01"}, "before"),
        ({"photo": "a.jpg"}, "photo"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": f"{TODAY}.0001.jsonl:-1"}, "cursor"),
        ({"format": "xml"}, "format"),
        ({"top": "5000"}, "top"),
    ],
)
async def test_what_is_wrong_is_named(
    parameters: dict[str, str], param: str, http: httpx.AsyncClient, log: FakeServices
) -> None:
    answer = await http.get("/api/audit", params=parameters)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_a_file_has_all_of_it_and_no_formulas(http: httpx.AsyncClient, log: FakeServices) -> None:
    lines = (await http.get("/api/audit", params={"format": "jsonl"})).text.splitlines()
    rows = list(csv.DictReader(io.StringIO((await http.get("/api/audit", params={"format": "csv"})).text)))

    assert [json.loads(line)["photos"] for line in lines] == [[each] for each in IDS]
    assert [row["photos"] for row in rows] == IDS
    assert rows[1]["by"] == "'=1+1"


def test_a_cursor_is_read_as_it_was_written() -> None:
    cursor = AuditCursor(AuditPart(TODAY, 12), 345)

    assert AuditCursor.parse(str(cursor)) == cursor


async def test_the_trash_is_not_emptied_where_that_cannot_be_recorded(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    id_ = photo_id("a.jpg")
    services.trash.records[id_] = TrashedPhoto(id=id_, path="a.jpg", deleted_at="2026-11-26T10:00:00Z")
    services.audit.error = Outage("storage cannot be reached")

    for path in ("/api/trash", f"/api/trash/{id_}"):
        assert (await http.delete(path)).status_code == 503
    services.audit.error = None
    assert (await http.delete("/api/trash")).json() == {"deleted": 1}
    assert [(each.action, each.photos) for each in services.audit.records] == [("emptied", (id_,))]
