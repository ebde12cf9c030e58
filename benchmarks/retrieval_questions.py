"""
What the retrieval benchmark asks: captions that are not indexed, a few nouns of one, nouns that no caption has, and
the questions of a file.

A file of questions has lines of `language <TAB> image id <TAB> query`, or, as .jsonl, lines such as
`{"query": "...", "right": [ids], "wrong": [ids], "kind": "...", "language": "en"}`, of which only the first two are
needed; nothing right means that no photo answers it. `python -m query feedback export` writes such lines.
"""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.retrieval_corpus import Captions, CorpusError, parse_line, read_text

Half = Literal["tuning", "test", "all"]

SEED = 7
UNMATCHED = "unmatched"
TOKEN = re.compile(r"[a-z]+|[.,]")
DETERMINERS = frozenset(TOKEN.findall("a an the two three four five his her their its some several many"))
# What follows a noun, and seldom an adjective.
AFTER_NOUNS = frozenset(
    TOKEN.findall("on in at of with by near next to from over under behind for into and is are that while . ,")
)
MIN_NOUN_SHARE, MIN_NOUNS, MIN_WORDS = 0.2, 2, 3


@dataclass(frozen=True)
class Question:
    """
    A query, its kind (a language, how many words, or what it asks for), and all images that answer it: none, if it is
    unmatched. Queries with the same `image`, which they are about, are drawn together.
    """

    text: str
    kind: str
    image: str
    right: frozenset[str]
    language: str = ""


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


def read_questions(path: Path, images: AbstractSet[str] | None = None) -> list[Question]:
    """The questions of a file, of which any are about these images; all of them without images."""
    read = _question_of_object if path.suffix.lower() == ".jsonl" else _question_of_row
    lines = [(number, line) for number, line in enumerate(read_text(path).splitlines(), 1) if line.strip()]
    questions = [read(path, f"line {number}", line) for number, line in lines]
    return [each for each in questions if images is None or each.right <= images]


def _question_of_row(path: Path, place: str, line: str) -> Question:
    parts = [part.strip() for part in line.split("\t")]
    if len(parts) != len(("language", "image", "query")) or not all(parts):
        raise CorpusError(f"{path}, {place}: not a language, an image and a query with tabs between them")
    language, image, text = parts
    return Question(text, language, image, frozenset({image}), language)


def _question_of_object(path: Path, place: str, line: str) -> Question:
    value = parse_line(path, place, line)
    if not isinstance(value, dict) or not isinstance(value.get("query"), str) or not value["query"].strip():
        raise CorpusError(f"{path}, {place}: there is no query")
    right = _texts(path, place, value.get("right"))
    kind = str(value.get("kind") or ("questions" if right else UNMATCHED))
    return Question(value["query"], kind, value["query"], frozenset(right), str(value.get("language") or ""))


def _texts(path: Path, place: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise CorpusError(f"{path}, {place}: right is not a list of ids or images; an empty one means that none is")
    return [str(each) for each in value]


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


def unmatched_questions(captions: Captions, nouns: frozenset[str], most: int = 200) -> list[Question]:
    """Nouns of other images' captions that no caption of these holds: things that no photo here shows."""
    words = set(TOKEN.findall(" ".join(text for texts in captions.values() for text in texts).lower()))
    absent = sorted(noun for noun in nouns if not {noun, f"{noun}s", noun.removesuffix("s")} & words)
    chosen = random.Random(SEED).sample(absent, min(most, len(absent)))
    return [Question(noun, UNMATCHED, noun, frozenset()) for noun in chosen]


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
