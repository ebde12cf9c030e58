"""What photos are called in a zip."""

import pytest

from catalogue.export.snippets import snippet
from catalogue.export.zip_names import zip_name
from tests.catalogue.export_photos import full_photo


@pytest.mark.parametrize("path", ["a.jpg", "2024/rome/a.jpg", "Ümlaut/ß.png", ".hidden", "no extension"])
def test_a_path_is_the_name(path: str) -> None:
    assert zip_name(full_photo(path)) == path


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../a.jpg", "_/a-{id}.jpg"),
        ("/a.jpg", "_/a-{id}.jpg"),
        ("C:\\a.jpg", "C__a-{id}.jpg"),
        ("a/con.jpg", "a/_con-{id}.jpg"),
        ("a. /b", "a__/b-{id}"),
        ("a\nb\u202egpj.jpg", "a_b_gpj-{id}.jpg"),
    ],
)
def test_what_would_be_unpacked_elsewhere_or_not_at_all_gets_another_name(path: str, name: str) -> None:
    photo = full_photo(path)

    assert zip_name(photo) == name.format(id=photo.id)


def test_a_snippet_is_html_whatever_the_words_are() -> None:
    photo = full_photo('a b/"x".jpg', alt_text='"><script>', reviewed=True)

    assert snippet(photo) == (
        '<img src="a%20b/%22x%22.jpg" alt="&quot;&gt;&lt;script&gt;" width="640" height="480" lang="en">\n'
    )
    assert 'alt="x.jpg"' in snippet(full_photo("x.jpg", alt_text="", title="", width=0))
