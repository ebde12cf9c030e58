"""Photos that a search names exactly: by file name, creator, code or phrase. They come before all others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from query.search.query_text import IDENTIFIER, STOP_WORDS, split_phrases
from shared.photo import Photo
from shared.search.filters import EXACT_FIELDS
from shared.search.folding import fold_text, folded_phrase, text_tokens
from shared.search.odata import quoted_phrase
from shared.search.query import IndexQuery
from shared.search.results import Hit
from shared.search.search_words import FOLDED_TEXTS

MAX_EXACT = 50  # photos that come first; the same on every page, so that pages neither overlap nor leave gaps
MAX_LIKE_PHRASE = 500  # candidates for a phrase: the index knows no "the" in it, and no ending of its words
MAX_WORDS = 12  # a longer text is a sentence: of names in it only codes and quotes are looked for
NAME_FIELDS = ("file_name", "path_words", "creator", "creators", "credit", FOLDED_TEXTS)
TEXT_FIELDS = (*EXACT_FIELDS.split(","), "path_words")
CODE_FIELDS = (*TEXT_FIELDS, FOLDED_TEXTS)
# What tells whether a photo is named; the rest of it is only fetched if it is.
NAMED_BY = ("id", "path", "file_name", "creator", "creators", "credit")
TOLD_BY = tuple(dict.fromkeys((*NAMED_BY, *TEXT_FIELDS)))
# An article number, a number plate, a camera's file name: a digit, and at least three letters or digits.
CODE = re.compile(r"[^\s\"“”„«»]*\d[^\s\"“”„«»]*")
ORDINARY_NUMBER = re.compile(
    r"\W*(?:\d{1,2}(?:\W?[^\W\d_]{1,2})?|(?:18|19|20)\d\d|\d{2,4}['\u2019]?s)\W*", re.IGNORECASE
)
MAX_PAIRED = 8  # words of a text in which every two neighbours are looked for: each pair takes time
MIN_CODE = 3  # letters and digits
MIN_PATH_WORDS = 2  # of a folder or name that holds all that was typed: one word is as often a thing in a picture
MIN_CREATOR = 2  # words of a name that is told apart from other words: "Rose" alone is a flower
RAW_TOKEN = re.compile(r"[^\W_]+")
INNER_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # where path_words are cut

Tokens = tuple[str, ...]


@dataclass(frozen=True)
class ExactWords:
    """What the text of a search may name exactly, as it was typed and in folded tokens."""

    words: str
    phrases: Sequence[str]
    codes: Sequence[str]

    @classmethod
    def of(cls, q: str) -> "ExactWords":
        """The words, the phrases in quotes and the codes of this text."""
        words, phrases = split_phrases(q)
        codes = [code for code in CODE.findall(words) if not ORDINARY_NUMBER.fullmatch(code)]
        return cls(words, phrases, [code for code in codes if len("".join(text_tokens(code))) >= MIN_CODE])

    def query(self, filter_: str | None) -> IndexQuery | None:
        """The query that finds candidates, for `exact_hits` to examine; None if nothing can be named exactly."""
        named = [*self.phrases, *self.codes]
        texts, count = [*named], len(self.words.split())
        if count <= MAX_WORDS and not self._is_sentence():
            texts += [self.words, INNER_CAPITAL.sub(" ", self.words)]
            texts += [] if named or count > MAX_PAIRED else _pairs(self.words)
        spellings = (each for text in texts for each in (text, " ".join(RAW_TOKEN.findall(text)), folded_phrase(text)))
        clauses = dict.fromkeys(phrase for text in spellings if (phrase := quoted_phrase(text)))
        if not clauses:
            return None
        if count == 1 and (name := "".join(RAW_TOKEN.findall(self.words))) == self.words:
            clauses[f"{name}.*"] = None  # `boat.jpg` is one term, and of many photos in a folder of boats the one meant
        return IndexQuery(
            text=" ".join(clauses),
            search_fields=CODE_FIELDS if named else NAME_FIELDS,
            fields=TOLD_BY if named else NAMED_BY,
            filter=filter_,
            top=MAX_LIKE_PHRASE if self.phrases else MAX_EXACT,
            plain=True,
        )

    def _is_sentence(self) -> bool:
        """Whether this is too long for a name, and has what names seldom have: articles and prepositions."""
        words = self.words.lower().split()
        if len(words) <= MAX_PAIRED or IDENTIFIER.search(self.words):
            return False
        return sum(word in STOP_WORDS for word in words) >= 2

    def evidence(self, photo: Photo) -> int:
        """How surely this search means this photo, from 0 to 6."""
        name = photo.file_name or photo.path.rpartition("/")[2]
        stem = name.rpartition(".")[0] or name
        if fold_text(self.words) in {fold_text(name), fold_text(stem), fold_text(photo.path)}:
            return 6
        if self.is_name_of(photo):
            return 5
        tokens = text_tokens(self.words)
        if _holds(tokens, text_tokens(name)) or text_tokens(stem) in map(text_tokens, self.codes):
            return 4
        if any(len(each) >= MIN_CREATOR and _holds(tokens, each) for each in _creators(photo)):
            return 3
        if self._is_held_by(photo):
            return 2
        return int(len(tokens) >= MIN_PATH_WORDS and _begins(text_tokens(INNER_CAPITAL.sub(" ", photo.path)), tokens))

    def is_name_of(self, photo: Photo) -> bool:
        """Whether the whole text is the name of the file, its path, a folder of several words, or of who made it."""
        name = photo.file_name or photo.path.rpartition("/")[2]
        names = [text_tokens(each) for each in (name, name.rpartition(".")[0], photo.path)]
        folders = [text_tokens(each) for each in photo.path.split("/")[:-1]]
        names += [each for each in folders if len(each) >= MIN_PATH_WORDS]
        tokens = text_tokens(self.words)
        return bool(tokens) and tokens in [*names, *_creators(photo)]

    def _is_held_by(self, photo: Photo) -> bool:
        """Whether the photo holds every code and every phrase, each in one piece."""
        wanted = [tokens for text in (*self.codes, *self.phrases) if (tokens := text_tokens(text))]
        if not wanted:
            return False
        texts = [text_tokens(text) for text in _texts(photo)]
        return all(any(_holds(text, each) for text in texts) for each in wanted)


def exact_hits(hits: Sequence[Hit], words: ExactWords) -> list[Hit]:
    """The hits that are meant, the surest first."""
    judged = [(words.evidence(hit.photo), hit) for hit in hits]
    ranked = sorted((each for each in judged if each[0]), key=lambda each: -each[0])
    return [replace(hit, source="exact") for _, hit in ranked[:MAX_EXACT]]


def put_first(exact: Sequence[Hit], hits: Sequence[Hit]) -> list[Hit]:
    """The exact hits, with what the search itself says of them, then the others."""
    by_id = {hit.photo.id: hit for hit in hits}
    first = [replace(by_id.pop(each.photo.id, each), source="exact") for each in exact]
    return [*first, *by_id.values()]


def _pairs(words: str) -> list[str]:
    """Every two neighbouring words: a name may stand anywhere in a question."""
    return [" ".join(pair) for pair in pairwise(words.split())]


def _creators(photo: Photo) -> list[Tokens]:
    return [tokens for each in (photo.creator, *photo.creators, photo.credit) if (tokens := text_tokens(each))]


def _texts(photo: Photo) -> list[str]:
    values = [getattr(photo, name) for name in TEXT_FIELDS]
    return [text for value in values for text in (value if isinstance(value, list) else [value]) if text]


def _holds(text: Tokens, part: Tokens) -> bool:
    """Whether the part is in the text in one piece."""
    starts = (index for index, token in enumerate(text) if part and token == part[0])
    return any(text[start : start + len(part)] == part for start in starts)


def _begins(text: Tokens, part: Tokens) -> bool:
    """The same, where words of the part may be shorter: `forgotten box` in `ForgottenBoxes`."""
    starts = range(len(text) - len(part) + 1)
    return any(all(text[start + at].startswith(token) for at, token in enumerate(part)) for start in starts)
