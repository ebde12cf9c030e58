"""From what was measured to words: title, alt text, caption and tags, claiming no more than was measured."""

from __future__ import annotations

from typing import Any

from local.models.vision.hints import Hints
from local.models.vision.sight import Sight

ALT_LENGTH = 125


def facts(sight: Sight, hints: Hints) -> dict[str, Any]:
    """Everything that can be said about a picture, under the names `fill` knows."""
    text = "\n".join(line.text for line in sight.text)
    return {
        "title": title(sight, hints),
        "alt_text": alt_text(sight),
        "caption": caption(sight, hints),
        "tags": tags(sight, hints),
        "text_in_photo": text,
        "people": len(sight.faces),
        "faces": len(sight.faces),
        "setting": setting(sight),
        "colors": [shade.name for shade in sight.shades],
        "objects": [thing.label for thing in sight.things],
        "language": "en",
        "confidence": 0.5,
        "needs_review": True,
        "has_text": bool(text),
        "has_people": bool(sight.faces),
        "orientation": sight.shape,
        "kind": sight.kind,
        "brightness": brightness(sight),
        "monochrome": sight.light.monochrome,
        "taken_at": hints.taken.isoformat() if hints.taken else None,
        "place": hints.place or None,
    }


def title(sight: Sight, hints: Hints) -> str:
    """A few words: what the file is called, or what kind of picture it is and where it lies."""
    if hints.name_words:
        return sentence(hints.name_words)
    first = sight.text[0].text if sight.text else ""
    what = f"{sight.kind} with the words “{first}”" if first else palette(sight)
    where = f" from {hints.folder_words[-1]}" if hints.folder_words else ""
    return sentence(f"{what}{where}")


def alt_text(sight: Sight) -> str:
    """One short phrase of what is there."""
    first = sight.text[0].text if sight.text else ""
    said = palette(sight) + (f" with the words “{first}”" if first else "")
    return said[:ALT_LENGTH].capitalize() + "."


def palette(sight: Sight) -> str:
    """Such as "bright landscape photo in blue and white"."""
    hues = "black and white" if sight.light.monochrome else joined([s.name for s in sight.shades[:2]])
    return f"{brightness(sight)} {sight.shape} {sight.kind} in {hues or 'many colours'}"


def caption(sight: Sight, hints: Hints) -> str:
    """A few sentences: appearance, text, and what the hints tell of time and place."""
    said = [f"A {palette(sight)}."]
    if sight.text:
        quoted = "; ".join(f"“{line.text}”" for line in sight.text[:12])
        said.append(f"Legible text: {quoted}.")
    if hints.taken:
        said.append(f"Taken in {hints.taken:%B %Y}.")
    if hints.place:
        said.append(f"Place: {hints.place}.")
    if hints.folder_words:
        said.append(f"Filed under {joined(list(hints.folder_words))}.")
    return " ".join(said)


def tags(sight: Sight, hints: Hints) -> list[str]:
    """Single words for filters, the surest first, each once."""
    words = [thing.label for thing in sight.things]
    words += [sight.kind, *(shade.name for shade in sight.shades), sight.shape, brightness(sight)]
    words += [setting(sight)] if setting(sight) != "unclear" else []
    words += ["text"] if sight.text else []
    words += ["black and white"] if sight.light.monochrome else []
    words += [word.lower() for word in hints.folder_words]
    words += [f"{hints.taken:%Y}", f"{hints.taken:%B}".lower()] if hints.taken else []
    words += [part for part in (hints.season, hints.day_part) if part]
    return list(dict.fromkeys(words))


def setting(sight: Sight) -> str:
    """Where the picture was made, as far as it shows."""
    return {"screenshot": "screen", "document": "document"}.get(sight.kind, "unclear")


def brightness(sight: Sight) -> str:
    """Dark, bright, or neither of them."""
    if sight.light.brightness < 0.25:
        return "dark"
    return "bright" if sight.light.brightness > 0.62 else "evenly lit"


def joined(words: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sentence(text: str) -> str:
    """With a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]
