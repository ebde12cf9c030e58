"""A page that shows photos with what two models say of them side by side, as one file of HTML."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from ingest.describe import Description

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
:root { color-scheme: light dark }
article { display: grid; grid-template-columns: 18rem 1fr 1fr; gap: 1.5rem; padding: 1.5rem 0 }
article { border-top: 1px solid #8888 }
img { width: 100% } h2 { font-size: 1rem } dt { font-weight: 600; margin-top: .5rem } dd { margin: 0 }
@media (max-width: 50rem) { article { grid-template-columns: 1fr } }
"""
FIELDS: dict[str, Callable[[Description], str]] = {
    "Title": lambda each: each.title,
    "Alternative text": lambda each: each.alt_text,
    "Caption": lambda each: each.caption,
    "Tags": lambda each: ", ".join([*each.tags, *each.suggested_tags]),
    "Text in the picture": lambda each: each.text_in_photo,
}


@dataclass(frozen=True)
class SampledPhoto:
    """A photo with its preview as JPEG, if there is one, and its descriptions by the model of now and by another."""

    path: str
    preview: bytes
    now: Description
    new: Description


def sample_page(photos: Sequence[SampledPhoto], *, now: str, new: str) -> str:
    """The page; `now` and `new` name what has described the photos."""
    title = f"{len(photos)} photos: {now} and {new}"
    rows = "\n".join(_row(each, now, new) for each in photos)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"{rows}\n</body>\n</html>\n"
    )


def _row(photo: SampledPhoto, now: str, new: str) -> str:
    data = base64.b64encode(photo.preview).decode()
    image = f'<img alt="{escape(photo.now.alt_text)}" src="data:image/jpeg;base64,{data}">' if data else ""
    columns = "".join(_column(name, each) for name, each in ((now, photo.now), (new, photo.new)))
    return f"<article>\n<div>{image}<p>{escape(photo.path)}</p></div>\n{columns}</article>"


def _column(name: str, description: Description) -> str:
    texts = [(label, text) for label, read in FIELDS.items() if (text := read(description))]
    rows = "".join(f"<dt>{label}</dt><dd>{escape(text)}</dd>" for label, text in texts)
    return f"<section><h2>{escape(name)}</h2><dl>{rows}</dl></section>\n"
