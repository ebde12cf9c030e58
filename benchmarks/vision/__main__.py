"""
`python -m benchmarks.vision FOLDER`: print how well the stand-in sees.

Fetches the labelled photographs into FOLDER if they are not there, looks at
each, and prints precision and recall of three ways to find objects, people
counted, characters read, and the time it took. The cuts were chosen on the
photographs with even numbers; the odd ones are the test.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.vision.fetch import Labelled, fetch, labelled, picture
from local.models.vision.eyes import shrunk
from local.models.vision.objects import CUTS, Observation, decide, kinds_of, observe, said
from local.models.vision.text import read_text

# The score that an untrained eye would pick for the detector alone.
ALONE = 0.45
SENTENCES = ("Platform 9 departs 14:35", "NO PARKING", "Bäckerei Müller", "Café de la Gare", "Abierto hasta las 20h")


@dataclass(frozen=True)
class Seen:
    """What the networks said of one photograph."""

    photo: Labelled
    observed: Observation


def look(folder: Path, photo: Labelled) -> Seen:
    """Run the networks, as the stand-in does."""
    return Seen(photo, observe(shrunk(Image.open(picture(folder, photo)).convert("RGB"))))


def right(word: str, true: Iterable[str]) -> bool:
    """Whether a word is true: itself, a kind of it ("bird" of a parrot), or a sort of it."""
    return any(word == one or one in kinds_of(word) or word in kinds_of(one) for one in true)


def scored(seen: list[Seen], words: Callable[[Seen], set[str]]) -> tuple[float, float]:
    """Precision over all words said, recall over all that had to be said."""
    said_true = said_all = found = wanted = 0
    for one in seen:
        spoken = words(one)
        said_all += len(spoken)
        said_true += sum(right(word, one.photo.true) for word in spoken)
        wanted += len(one.photo.must)
        found += sum(any(right(word, group) for word in spoken - {"animal", "vehicle"}) for group in one.photo.must)
    return said_true / max(1, said_all), found / max(1, wanted)


WAYS: dict[str, Callable[[Seen], set[str]]] = {
    f"detector alone, score {ALONE}": lambda one: {thing.label for thing in one.observed.seen if thing.score >= ALONE},
    "classifier alone": lambda one: {word for word, _ in said(one.observed.whole, CUTS)},
    "both, as the stand-in does it": lambda one: {thing.label for thing in decide(one.observed)[0]},
}


def people_right(seen: list[Seen]) -> tuple[int, int]:
    """In how many of the photographs the people are counted within one."""
    countable = [one for one in seen if one.photo.people is not None]
    return sum(abs(people(one) - (one.photo.people or 0)) <= 1 for one in countable), len(countable)


def people(one: Seen) -> int:
    """The people found."""
    return sum(thing.label == "person" for thing in decide(one.observed)[0])


def characters(folder: Path, photos: list[Labelled]) -> tuple[float, int, int]:
    """The part of written characters read back; lines read where nothing was written, and in how many photographs."""
    shares, false = [], 0
    for photo in photos:
        image = shrunk(Image.open(picture(folder, photo)).convert("RGB"))
        false += len(read_text(image))
        text = SENTENCES[photo.number % len(SENTENCES)]
        read = " ".join(line.text for line in read_text(written_on(image, text)))
        matching = SequenceMatcher(None, text, read, autojunk=False).get_matching_blocks()
        shares.append(sum(block.size for block in matching) / len(text))
    return sum(shares) / max(1, len(shares)), false, len(photos)


def written_on(image: Image.Image, text: str) -> Image.Image:
    """A photograph with words painted on it, white with a dark edge."""
    painted = image.copy()
    font = ImageFont.load_default(max(18, image.width // 24))
    place = (image.width // 12, image.height // 3)
    ImageDraw.Draw(painted).text(place, text, fill="white", font=font, stroke_width=2, stroke_fill="black")
    return painted


def main(folder: Path) -> None:
    """Fetch, look, print."""
    fetch(folder)
    photos = labelled()
    began = time.perf_counter()
    seen = [look(folder, photo) for photo in photos]
    seconds = (time.perf_counter() - began) / len(photos)
    halves = {"all": seen, "even (tuned on)": seen[::2], "odd (test)": seen[1::2]}
    print(f"{len(photos)} photographs, {seconds:.2f} s each for all networks on one core\n")
    print("| objects | " + " | ".join(f"{name}: precision, recall" for name in halves) + " |")
    print("|---|" + "---|" * len(halves))
    for way, words in WAYS.items():
        cells = (f"{precision:.2f}, {recall:.2f}" for precision, recall in (scored(h, words) for h in halves.values()))
        print(f"| {way} | " + " | ".join(cells) + " |")
    good, countable = people_right(seen)
    print(f"\npeople counted within one: {good} of {countable}")
    share, false, tried = characters(folder, photos[::4])
    print(f"characters read back: {share:.1%} on {tried} photographs; {false} lines read where nothing is written")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".local/vision-photos"))
