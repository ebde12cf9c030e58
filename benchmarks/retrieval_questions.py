"""What the retrieval benchmark asks: captions that are not indexed, a few nouns of one, and translations."""

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Half = Literal["tuning", "test", "all"]
Captions = Mapping[str, Sequence[str]]

SEED = 7
TOKEN = re.compile(r"[a-z]+|[.,]")
DETERMINERS = frozenset(TOKEN.findall("a an the two three four five his her their its some several many"))
# What follows a noun, and seldom an adjective.
AFTER_NOUNS = frozenset(
    TOKEN.findall("on in at of with by near next to from over under behind for into and is are that while . ,")
)
MIN_NOUN_SHARE, MIN_NOUNS, MIN_WORDS = 0.2, 2, 3


@dataclass(frozen=True)
class Question:
    """A query, its kind (a language, or how many words), the image it is about, and all images that answer it."""

    text: str
    kind: str
    image: str
    right: frozenset[str]


def read_captions(path: Path) -> dict[str, list[str]]:
    """The captions of every image, in order."""
    captions: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        image, _, caption = line.partition("\t")
        captions[image].append(caption)
    return dict(captions)


def half_of(captions: Captions, half: Half) -> dict[str, Sequence[str]]:
    """The images of one half: the hash of an image's id decides, so that no image ever changes sides."""
    return {image: texts for image, texts in captions.items() if half in {"all", _half_of_image(image)}}


def _half_of_image(image: str) -> Half:
    return "test" if hashlib.sha256(image.encode()).digest()[0] & 1 else "tuning"


def sentences(captions: Captions) -> list[Question]:
    """Every caption but the first of its image, whose only right answer is that image."""
    return [
        Question(text, "sentences", image, frozenset({image}))
        for image, texts in captions.items()
        for text in texts[1:]
    ]


def read_translations(path: Path, captions: Captions) -> list[Question]:
    """The queries of a file of `language <TAB> image id <TAB> query` that are about these images."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return [Question(text, language, image, frozenset({image})) for language, image, text in rows if image in captions]


def short_questions(captions: Captions, nouns: frozenset[str]) -> list[Question]:
    """
    One to three nouns from a caption that is not indexed, of every image that has a caption with so many.

    Right is every image whose captions that are not indexed hold all of them, together.
    """
    words = {image: set(TOKEN.findall(" ".join(texts[1:]).lower())) for image, texts in captions.items()}
    draw = random.Random(SEED)  # the same questions each time
    questions = []
    for image, count in ((image, count) for image in captions for count in (1, 2, 3)):
        caption = draw.choice(captions[image][1:] or [""])
        candidates = [word for word in dict.fromkeys(TOKEN.findall(caption.lower())) if word in nouns]
        if len(candidates) < count:
            continue
        chosen = set(draw.sample(candidates, count))
        right = frozenset(other for other, has in words.items() if chosen <= has)
        text = " ".join(word for word in candidates if word in chosen)
        questions.append(Question(text, f"{count} word{'s' * (count > 1)}", image, right))
    return questions


def nouns_of(captions: Captions) -> frozenset[str]:
    """The words that often stand where nouns stand in English: between an article or number and what follows nouns."""
    total, as_noun = Counter[str](), Counter[str]()
    for text in (text for texts in captions.values() for text in texts):
        for before, word, after in _triples(text):
            total[word] += 1
            as_noun[word] += before in DETERMINERS and after in AFTER_NOUNS
    return frozenset(word for word in total if _is_noun(word, total[word], as_noun[word])) - DETERMINERS - AFTER_NOUNS


def _triples(text: str) -> Iterator[tuple[str, str, str]]:
    tokens = TOKEN.findall(text.lower())
    return zip(["", *tokens], tokens, [*tokens[1:], "."], strict=False)


def _is_noun(word: str, total: int, as_noun: int) -> bool:
    return len(word) > 2 and total >= MIN_WORDS and as_noun >= max(MIN_NOUNS, MIN_NOUN_SHARE * total)
