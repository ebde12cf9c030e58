"""A table goes out, is edited, and comes back: what differs is written, and nothing else."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from catalogue.csv_import.importing import CsvImport, RowResult
from catalogue.csv_import.table import read_table
from catalogue.editing import edit
from catalogue.export.csv_rows import csv_rows
from catalogue.export.selection import walk_photos
from shared.catalogue import in_force
from shared.catalogue.definition import Catalogue
from shared.errors import BadRequest
from shared.photo import Photo
from tests.catalogue.export_photos import full_photo
from tests.catalogue.library import ExportIndex, catalogue_of

Table = list[list[str]]
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["=1+1", "-x", "'", "a\nb", 'say "hi"; no', "1,5", "007", "2024-05", "\ufefftitle", "a\r\nb", "\\"]
)
PHOTOS = st.builds(
    lambda **values: full_photo("a.jpg", **values),
    title=WORDS,
    caption=WORDS,
    tags=st.lists(WORDS.filter(bool), max_size=3),
    creators=st.lists(WORDS.filter(bool), max_size=3),
    rights=WORDS,
    rating=st.none() | st.integers(-1, 5),
    location=st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    favorite=st.booleans(),
)


async def exported(index: ExportIndex) -> bytes:
    return b"".join([row async for row in csv_rows(walk_photos(index))])  # type: ignore[arg-type]


async def imported(index: ExportIndex, data: bytes, *, dry_run: bool = False) -> list[RowResult]:
    csv_import = CsvImport(catalogue_of(index), by="Ada", dry_run=dry_run)
    return [result async for result in csv_import.run(read_table(io.BytesIO(data)))]


def edited(data: bytes, change: Callable[[Table], object], *, separator: str = ",", encoding: str = "utf-8") -> bytes:
    """The file as a spreadsheet saves it after a change."""
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    change(table)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(table)
    return out.getvalue().encode(encoding)


def set_cells(**cells: str) -> Callable[[Table], object]:
    """Type these cells into the first row of photos."""

    def change(table: Table) -> None:
        for name, cell in cells.items():
            table[1][table[0].index(name)] = cell

    return change


def nothing(_: Table) -> None:
    """Open the file and save it."""


@settings(max_examples=20, deadline=None)
@given(PHOTOS)
async def test_what_goes_out_and_comes_back_changes_nothing(photo: Photo) -> None:
    index = ExportIndex([photo])

    data = await exported(index)

    for each in (data, edited(data, nothing, separator=";"), edited(data, nothing, separator="\t", encoding="utf-16")):
        assert [result.state for result in await imported(index, each)] == ["unchanged"]
    assert index.photos == {photo.id: photo}


@settings(max_examples=20, deadline=None)
@given(PHOTOS, PHOTOS)
async def test_the_cells_of_one_photo_typed_into_another_make_them_equal(old: Photo, new: Photo) -> None:
    """Values that no edit may have, such as an empty title, are refused, and then nothing of the row is written."""
    index = ExportIndex([old])
    header, row = csv.reader(io.StringIO((await exported(ExportIndex([new]))).decode("utf-8-sig"), newline=""))
    names = ("title", "caption", "tags", "creators", "rights", "rating", "location", "favorite")
    cells = {name: row[header.index(name)] for name in names}

    [result] = await imported(index, edited(await exported(index), set_cells(**cells)))

    photo = index.photos[old.id]
    if result.state == "failed":
        assert photo == old
        assert result.reason.split(":")[0].split(" ")[0].split(".")[0] in names
    else:
        [again] = await imported(index, edited(await exported(index), set_cells(**cells)))
        assert again.state == "unchanged"
        assert (photo.favorite, photo.location) == (new.favorite, new.location)


async def test_only_the_cells_that_differ_are_edits() -> None:
    index = ExportIndex([full_photo("a.jpg"), full_photo("b.jpg")])
    change = set_cells(title="Cats", tags="cat; old wall", rating="5", taken_local="'1969-07", location="1.5, -2")

    results = await imported(index, edited(await exported(index), change))

    [changed] = [each for each in results if each.state == "changed"]
    assert changed.row == 2
    assert changed.after == {
        "title": "Cats",
        "tags": ["cat", "old wall"],
        "rating": 5,
        "taken_local": "1969-07",
        "location": {"latitude": 1.5, "longitude": -2.0},
    }
    photo = index.photos[changed.id]
    assert (photo.title, photo.taken_precision, photo.location) == ("Cats", "month", (-2.0, 1.5))
    assert photo.sources == [f"{name}:person" for name in ("location", "rating", "tags", "taken_local", "title")]
    assert [each.state for each in results if each is not changed] == ["unchanged"]


async def test_a_dry_run_says_what_would_change_and_writes_nothing() -> None:
    index = ExportIndex([full_photo("a.jpg")])
    before = dict(index.photos)

    [result] = await imported(index, edited(await exported(index), set_cells(title="Cats")), dry_run=True)

    assert (result.state, result.before["title"], result.after) == ("changed", "Dogs & <cats>", {"title": "Cats"})
    assert index.photos == before


async def test_a_photo_that_has_changed_since_is_listed_and_left_alone() -> None:
    index = ExportIndex([full_photo("a.jpg")])
    table = edited(await exported(index), set_cells(title="Cats"))
    [id_] = index.photos
    await edit(id_, {"title": "Mice"}, by="Grace", context=catalogue_of(index))

    [result] = await imported(index, table)

    assert (result.state, index.photos[id_].title) == ("stale", "Mice")
    assert "export it again" in result.reason


async def test_the_same_file_again_changes_nothing_more() -> None:
    index = ExportIndex([full_photo("a.jpg")])
    table = edited(await exported(index), set_cells(title="Cats", tags="Cat"))

    assert [(await imported(index, table))[0].state for _ in range(2)] == ["changed", "unchanged"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"taken_local": "01.05.2024"}, "spreadsheets write dates in their own way"),
        ({"taken_local": "5/1/2024 10:11"}, "spreadsheets write dates in their own way"),
        ({"taken_local": "45413"}, "spreadsheets write dates in their own way"),
        ({"taken_local": "May-24"}, "spreadsheets write dates in their own way"),
        ({"taken_local": "2024-13-01"}, "taken_local"),
        ({"rating": "6"}, "rating"),
        ({"rating": "good"}, "must be a whole number"),
        ({"favorite": "maybe"}, "must be true or false"),
        ({"location": "47.37"}, "must be latitude and longitude"),
        ({"location": "91, 0"}, "location"),
        ({"camera": "Leica"}, "camera cannot be edited"),
        ({"title": ""}, "title must not be empty"),
        ({"id": "x"}, "not the id of a photo"),
        ({"id": "0" * 32}, "there is no photo"),
    ],
)
async def test_a_row_with_anything_wrong_is_listed_and_nothing_of_it_is_written(
    cells: dict[str, str], reason: str
) -> None:
    index = ExportIndex([full_photo("a.jpg")])
    before = dict(index.photos)

    [result] = await imported(index, edited(await exported(index), set_cells(credit="Somebody", **cells)))

    assert (result.row, result.state) == (2, "failed")
    assert reason in result.reason
    assert index.photos == before


async def test_an_empty_cell_takes_back_an_edit_of_what_is_never_empty_and_empties_the_rest() -> None:
    index = ExportIndex([full_photo("a.jpg")])
    [id_] = index.photos
    await imported(index, edited(await exported(index), set_cells(title="Cats")))

    await imported(index, edited(await exported(index), set_cells(title="", credit="", tags="", rating="")))

    photo = index.photos[id_]
    assert (photo.title, photo.credit, photo.tags, photo.rating) == ("Dogs & <cats>", "", [], 0)


async def test_a_text_that_a_spreadsheet_has_cut_off_is_no_edit() -> None:
    index = ExportIndex([full_photo("a.jpg", rights="x" * 40_000)])

    [result] = await imported(index, edited(await exported(index), set_cells(rights="x" * 32_767)))

    assert (result.state, "cut off" in result.reason) == ("failed", True)


async def test_two_rows_of_one_photo_are_not_both_written() -> None:
    index = ExportIndex([full_photo("a.jpg")])

    def twice(table: Table) -> None:
        set_cells(title="Cats")(table)
        table.append(list(table[1]))

    first, second = await imported(index, edited(await exported(index), twice))

    assert (first.state, second.state, second.reason) == ("changed", "failed", "row 2 is of the same photo")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "first row must name the columns"),
        (b"title\r\nCats\r\n", "first row must name the columns"),
        (b"id,etag,colour\r\n", "no column 'colour'"),
        (b"id,etag,title,title\r\n", "there twice"),
        ("id,etag,title\r\nx,y,Gänse\r\n".encode("cp1252"), "not in UTF-8"),
        (b'id,etag,title\r\nx,y,"open\r\n', "not CSV"),
    ],
)
def test_a_file_that_is_not_such_a_table_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        list(read_table(io.BytesIO(data)))


def test_no_row_is_given_of_a_file_that_breaks_off_later() -> None:
    rows = read_table(io.BytesIO(b"id,etag,title\r\n" + b"x,y,z\r\n" * 1000 + b'x,y,"open\r\n'))

    with pytest.raises(BadRequest, match="not CSV"):
        next(rows)


@pytest.mark.parametrize("start", ["", "\ufeff", "sep=;\r\n", "\ufeffsep=;\r\n"])
def test_columns_may_be_left_out_and_separated_as_a_country_does(start: str) -> None:
    rows = list(read_table(io.BytesIO(f"{start}etag;id;title\r\ne;i;Cats, and dogs\r\n;;\r\ne;i;x;y\r\n".encode())))

    assert rows[0].cells == {"etag": "e", "id": "i", "title": "Cats, and dogs"}
    assert rows[0].number == (3 if "sep" in start else 2)
    assert [("4 cells" in row.fault) for row in rows] == [False, True]


async def test_many_rows_are_read_a_batch_at_a_time() -> None:
    index = ExportIndex([replace(full_photo(f"{number}.jpg"), rating=1) for number in range(250)])
    data = await exported(index)
    index.searches.clear()

    def rate_all(table: Table) -> None:
        column = table[0].index("rating")
        for row in table[1:]:
            row[column] = "2"

    results: Sequence[RowResult] = await imported(index, edited(data, rate_all))

    assert {result.state for result in results} == {"changed"}
    assert [query.top for query in index.searches] == [200, 50]
    assert {photo.rating for photo in index.photos.values()} == {2}


async def test_fields_of_a_librarys_own_go_out_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    fields: list[dict[str, Any]] = [
        {"name": "subject", "type": "multi-choice", "values": ["art; old", "maths"]},
        {"name": "price", "type": "number"},
        {"name": "sold", "type": "yes/no"},
        {"name": "due", "type": "date"},
        {"name": "note", "type": "string"},
    ]
    monkeypatch.setattr(in_force, "_current", Catalogue.model_validate({"fields": fields}))
    own = {"subject": ["art; old"], "price": 12.5, "sold": True, "due": "2024-05-31"}
    index = ExportIndex([replace(full_photo("a.jpg"), custom=own)])
    [id_] = index.photos
    data = await exported(index)

    assert [each.state for each in await imported(index, edited(data, nothing, separator=";"))] == ["unchanged"]
    cells = {"fields.subject": "maths", "fields.price": "7", "fields.sold": "", "fields.note": "=new"}
    [changed] = await imported(index, edited(data, set_cells(**cells)))
    wrong = [
        (await imported(index, edited(await exported(index), set_cells(**{f"fields.{name}": cell}))))[0].reason
        for name, cell in (("subject", "sport"), ("price", "1,5"), ("due", "31.05.2024"), ("sold", "perhaps"))
    ]

    assert changed.before["fields.price"] == 12.5
    assert index.photos[id_].custom == {"subject": ["maths"], "price": 7, "due": "2024-05-31", "note": "=new"}
    assert [each.partition(" ")[0].rstrip(":") for each in wrong] == [
        "subject",
        "fields.price",
        "fields.due",
        "fields.sold",
    ]


async def test_a_decimal_comma_is_read_where_cells_are_not_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [{"name": "price", "type": "number"}, {"name": "note", "type": "string"}]
    monkeypatch.setattr(in_force, "_current", Catalogue.model_validate({"fields": fields}))
    index = ExportIndex([full_photo("a.jpg")])
    [id_] = index.photos
    data = await exported(index)
    cells = set_cells(**{"fields.price": "-9,50", "fields.note": "9,5"})

    [in_commas] = await imported(index, edited(data, cells))
    [in_semicolons] = await imported(index, edited(data, cells, separator=";"))

    assert (in_commas.state, in_semicolons.state) == ("failed", "changed")
    assert index.photos[id_].custom == {"price": -9.5, "note": "9,5"}
