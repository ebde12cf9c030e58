"""From what was measured to words: title, alt text, caption and tags, claiming no more than was measured."""

from __future__ import annotations

from typing import Any

from local.models.vision.hints import Hints
from local.models.vision.setting import setting_of
from local.models.vision.sight import Sight, Thing
from local.models.vision.words import Group, article, grouped, joined, place_of, plural, sentence, with_kinds

ALT_LENGTH = 125
TITLE_LENGTH = 60
MOST_NAMED = 4
MOST_QUOTED = 20


def facts(sight: Sight, hints: Hints) -> dict[str, Any]:
    """Everything that can be said about a picture, under the names `fill` knows."""
    people = people_in(sight)
    return {
        "title": title(sight, hints),
        "alt_text": alt_text(sight),
        "caption": caption(sight, hints),
        "tags": tags(sight, hints),
        "text_in_photo": "\n".join(line.text for line in sight.text),
        "people": people,
        "faces": len(sight.faces),
        "setting": setting_of(sight),
        "colors": [shade.name for shade in sight.shades],
        "objects": [group.label for group in grouped(sight.things)],
        "language": "en",
        "confidence": round(confidence(sight), 2),
        "needs_review": confidence(sight) < 0.5,
        "has_text": bool(sight.text),
        "has_people": people > 0,
        "orientation": sight.shape,
        "kind": sight.kind,
        "brightness": brightness(sight),
        "monochrome": sight.light.monochrome,
        "taken_at": hints.taken.isoformat() if hints.taken else None,
        "place": hints.place or None,
    }


def people_in(sight: Sight) -> int:
    """How many people were found, by their bodies or only by their faces."""
    return sum(thing.label == "person" for thing in sight.things)


def confidence(sight: Sight) -> float:
    """The best score of anything found."""
    return max([thing.score for thing in sight.things] + [line.score for line in sight.text], default=0.0)


def subjects(sight: Sight) -> list[Group]:
    """What the picture is of, most important first."""
    return grouped(sight.things)[:MOST_NAMED]


def title(sight: Sight, hints: Hints) -> str:
    """The main subject and what the file is called; failing those, the first words in it or its looks."""
    named = [bare(group) for group in subjects(sight)[:2]]
    quoted = f"“{sight.text[0].text}”" if sight.text and sight.kind != "photo" else ""
    parts = [joined(named), hints.name_words] if named else [hints.name_words or quoted or looks(sight)]
    if not hints.name_words and hints.folder_words:
        parts.append(hints.folder_words[-1])
    return sentence(": ".join(part for part in parts if part))[:TITLE_LENGTH].rstrip(" :,")


def bare(group: Group) -> str:
    """A subject as a title has it, without an article."""
    return group.phrase().removeprefix("a ").removeprefix("an ").replace("probably a ", "probably ")


def alt_text(sight: Sight) -> str:
    """One phrase of what is there, its colours, and the first words in it; about 125 characters."""
    named = joined([group.phrase() for group in subjects(sight)[:3]])
    shades = f"{'in' if sight.light.monochrome else 'mostly'} {palette(sight)}"
    said = f"{named}; {shades}" if named else looks(sight)
    first = f", with the words “{sight.text[0].text}”" if sight.text else ""
    whole = said + (first if len(said) + len(first) < ALT_LENGTH else "")
    return sentence(whole[:ALT_LENGTH]) + "."


def caption(sight: Sight, hints: Hints) -> str:
    """A few sentences: subject, places, looks, text, and what the hints tell of time, place and occasion."""
    said = [opening(sight), *placed(sight), *writing(sight), *occasion(hints)]
    return " ".join(sentence(one) for one in said)


def opening(sight: Sight) -> str:
    """What it is of, in which shape, colours and light."""
    named = joined([group.phrase() for group in subjects(sight)])
    what = sentence(looks(sight))
    where = {"indoors": ", indoors", "outdoors": ", outdoors"}.get(setting_of(sight), "")
    return f"{article(what)} {what[0].lower()}{what[1:]}{f', showing {named}' if named else ''}{where}."


def placed(sight: Sight) -> list[str]:
    """Where the few things are whose places are known; how many people there are."""
    said = []
    for group in subjects(sight):
        known = [thing for thing in group.things if thing.area < 0.98]
        if len(known) == 1 and group.count == 1:
            said.append(f"The {group.label} {position(known[0])}.")
        elif group.count > 1:
            places = list(dict.fromkeys(place_of(thing) for thing in known))
            said.append(f"The {plural(group.label)} are {joined(places)}.")
    return said


def position(thing: Thing) -> str:
    """Where a single thing is, and whether it is large or small."""
    if thing.area > 0.45:
        return "fills most of the picture"
    return f"is {'small, ' if thing.area < 0.04 else ''}{place_of(thing)}"


def writing(sight: Sight) -> list[str]:
    """The text in the picture, quoted; long texts in part."""
    if not sight.text:
        return []
    quoted = " / ".join(line.text for line in sight.text[:MOST_QUOTED])
    more = " and more" if len(sight.text) > MOST_QUOTED else ""
    return [f"It reads: “{quoted}”{more}."]


def occasion(hints: Hints) -> list[str]:
    """When, where and on which occasion, as the hints say it."""
    said = []
    if hints.taken:
        when = f"taken on {hints.taken:%A} {hints.taken.day} {hints.taken:%B %Y}"
        said.append(f"{when}{f', in the {hints.day_part}' if hints.day_part else ''} ({hints.season}).")
    if hints.place:
        said.append(f"place: {hints.place}.")
    if hints.name_words:
        said.append(f"its file is called “{hints.name_words}”.")
    if hints.folder_words:
        said.append(f"filed under {joined([f'“{words}”' for words in hints.folder_words])}.")
    return said


def looks(sight: Sight) -> str:
    """Such as "bright landscape photo in blue and white"."""
    return f"{brightness(sight)} {sight.shape} {sight.kind} in {palette(sight)}".strip()


def palette(sight: Sight) -> str:
    """The main colours in words."""
    if sight.light.monochrome:
        return "black and white"
    return joined([shade.name for shade in sight.shades[:3]]) or "many colours"


def tags(sight: Sight, hints: Hints) -> list[str]:
    """Single words for filters, the surest first, each once."""
    words = [name for group in grouped(sight.things) for name in with_kinds(group.label)]
    words += ["people"] if people_in(sight) else []
    words += [word.lower() for word in (*hints.folder_words, hints.name_words) if word]
    words += [sight.kind, *(shade.name for shade in sight.shades)]
    words += ["black and white"] if sight.light.monochrome else []
    words += [place for place in (setting_of(sight),) if place in ("indoors", "outdoors")]
    words += ["text"] if sight.text else []
    words += [sight.shape, brightness(sight)]
    words += [f"{hints.taken:%Y}", f"{hints.taken:%B}".lower()] if hints.taken else []
    words += [part for part in (hints.season, hints.day_part) if part]
    return list(dict.fromkeys(word for word in words if word))


def brightness(sight: Sight) -> str:
    """Dark, bright, or nothing to speak of."""
    if sight.light.brightness < 0.25:
        return "dark"
    return "bright" if sight.light.brightness > 0.62 else ""
