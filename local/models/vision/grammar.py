"""Nouns and articles of German, French and Spanish, as far as descriptions need them."""

import functools
from dataclasses import dataclass
from pathlib import Path

from local.models.vision.taxonomy import kinds_of

CODES = ("de", "fr", "es")
NOUNS_PATH = Path(__file__).with_name("nouns.tsv")
GENDERS = "mfn"  # the order of forms such as "ein/eine/ein"
PREPOSITIONS = frozenset(["de", "à", "a", "en", "con", "aux", "para"])  # after these a noun keeps its number
FRENCH_VOWELS = tuple("aeiouâàéèêîïôûœ")
# French words whose h keeps the article whole: "le homard", but "l'hippopotame".
ASPIRATED = ("hamster", "homard", "hibou", "hachette", "harpe", "haut-parleur", "hot-dog")
# Spanish words that are feminine and yet take "el" and "un", as their first syllable is a stressed a.
STRESSED_A = frozenset(["águila", "ave", "hacha", "arpa"])
ACCENTS = str.maketrans("áéíóú", "aeiou")


@dataclass(frozen=True)
class Noun:
    """A noun of one language with its gender: m, f or n."""

    code: str
    gender: str
    singular: str
    plural: str

    def agree(self, forms: str) -> str:
        """The form that goes with the noun, of "un/une" or "ein/eine/ein"."""
        return forms.split("/")[GENDERS.index(self.gender)]

    def with_article(self, forms: str) -> str:
        """The singular with an article, of which these are the forms."""
        article = self.agree(forms)
        if self.code == "fr" and article in ("le", "la") and self._elides:
            return f"l'{self.singular}"
        if self.code == "es" and self.singular.split()[0] in STRESSED_A:
            article = forms.split("/", maxsplit=1)[0]
        return f"{article} {self.singular}"

    @property
    def _elides(self) -> bool:
        word = self.singular.lower()
        return word.startswith(FRENCH_VOWELS) or (word.startswith("h") and not word.startswith(ASPIRATED))


def noun_for(label: str, code: str) -> Noun:
    """The noun for a label, or for the most special of its kinds that has one: none for a beagle, but one for a dog."""
    return nouns(code)[label_with_noun(label)]


def label_with_noun(label: str) -> str:
    """The label itself, or the most special of its kinds that has a noun."""
    table = nouns("de")
    return next(each for each in (label, *kinds_of(label)) if each in table)


@functools.cache
def nouns(code: str) -> dict[str, Noun]:
    """The nouns of a language by label."""
    column = CODES.index(code) + 1
    lines = NOUNS_PATH.read_text(encoding="utf-8").splitlines()[1:]
    return {(cells := line.split("\t"))[0]: parse_noun(cells[column], code) for line in lines}


def parse_noun(cell: str, code: str) -> Noun:
    """A noun as it stands in a table: `m Hund|Hunde`, or `m chien`, whose plural follows the rules."""
    gender, _, words = cell.partition(" ")
    singular, _, plural = words.partition("|")
    return Noun(code, gender, singular, plural or _plural_of(singular, code))


def _plural_of(phrase: str, code: str) -> str:
    """The plural of a French or Spanish noun with its adjectives; what follows a preposition keeps its number."""
    words = phrase.split()
    prepositions = (index for index, word in enumerate(words) if word in PREPOSITIONS or word.startswith("d'"))
    end = next(prepositions, len(words))
    rule = _french_plural if code == "fr" else _spanish_plural
    return " ".join([*(rule(word) for word in words[:end]), *words[end:]])


def _french_plural(word: str) -> str:
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith("al"):
        return f"{word[:-2]}aux"
    return f"{word}x" if word.endswith(("au", "feu")) else f"{word}s"


def _spanish_plural(word: str) -> str:
    if word[-1] in "aeiouáéíóú":
        return f"{word}s"
    if word.endswith("z"):
        return f"{word[:-1]}ces"
    is_stressed_at_end = word[-2] in "áéíóú"
    if word.endswith("s") and not is_stressed_at_end:
        return word
    return f"{word.translate(ACCENTS) if word[-1] in 'ns' and is_stressed_at_end else word}es"
