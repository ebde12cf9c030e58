"""The phrases of a language other than English, filled in."""

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.models.vision.analysis import SceneAnalysis
from local.models.vision.english import LabelGroup
from local.models.vision.grammar import CODES, noun_for, parse_noun
from local.models.vision.prompt_hints import PromptHints

PHRASES = Path(__file__).with_name("phrases")


@dataclass(frozen=True)
class Wording:
    """The words of one language."""

    code: str
    entries: dict[str, Any]

    def say(self, name: str, **values: str) -> str:
        """A phrase with its gaps filled."""
        return str(self.entries[name]).format(**values)

    def quote(self, text: str) -> str:
        """The text in the language's quotation marks."""
        return str(self.entries["quote"]).format(text=text)

    def join(self, parts: Sequence[str]) -> str:
        """`a, b und c`."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self._conjunction(parts[-1])} {parts[-1]}"

    def _conjunction(self, following: str) -> str:
        """The word for "and"; in Spanish it changes before the same sound."""
        sounds_alike = following.startswith(("i", "hi")) and not following.startswith("hie")
        return "e" if self.code == "es" and sounds_alike else str(self.entries["and"])

    def phrase(self, group: LabelGroup) -> str:
        """Such as "ein Hund", "drei Personen", "wahrscheinlich ein Boot"."""
        noun = noun_for(group.label, self.code)
        one = group.count == 1
        return self._hedged(noun.with_article(self.entries["indefinite"]) if one else self._several(group), group)

    def phrase_without_article(self, group: LabelGroup) -> str:
        """The same without the article of one thing, for a title."""
        one = group.count == 1
        return self._hedged(noun_for(group.label, self.code).singular if one else self._several(group), group)

    def subject(self, group: LabelGroup) -> str:
        """Such as "der Hund", "die Hunde"."""
        noun = noun_for(group.label, self.code)
        if group.count == 1:
            return noun.with_article(self.entries["definite"])
        return f"{noun.agree(self.entries['definite_plural'])} {noun.plural}"

    def _several(self, group: LabelGroup) -> str:
        noun, numbers = noun_for(group.label, self.code), self.entries["numbers"].split()
        is_counted = group.count - 2 < len(numbers)
        return f"{numbers[group.count - 2] if is_counted else noun.agree(self.entries['many'])} {noun.plural}"

    def _hedged(self, phrase: str, group: LabelGroup) -> str:
        return phrase if group.is_confident else self.say("probably", phrase=phrase)

    def color(self, name: str) -> str:
        """A colour."""
        return str(self.entries["colors"][name])

    def palette(self, analysis: SceneAnalysis) -> str:
        """The main colours in words."""
        if analysis.light.monochrome:
            return str(self.entries["black_and_white"])
        return self.join([self.color(each.name) for each in analysis.palette[:3]]) or str(self.entries["many_colors"])

    def appearance(self, analysis: SceneAnalysis, brightness: str, *, article: bool = False) -> str:
        """Such as "helles Foto im Querformat in Blau und Weiß", or the same with its article."""
        kind = parse_noun(self.entries[analysis.kind], self.code)
        text = self.say(
            "appearance",
            brightness=kind.agree(self.entries[brightness]) if brightness else "",
            kind=kind.singular,
            orientation=self.entries[analysis.orientation],
            palette=self.palette(analysis),
        )
        text = " ".join(text.split())  # without a word for brightness there is a gap
        return f"{kind.agree(self.entries['indefinite'])} {text}" if article else text

    def date_sentence(self, hints: PromptHints) -> str:
        """When the photo was taken, by the hints."""
        assert hints.taken
        assert hints.season
        first = self.code == "fr" and hints.taken.day == 1
        date = self.say(
            "date",
            weekday=self.entries["weekdays"].split()[hints.taken.weekday()],
            day=f"{hints.taken.day}{'er' if first else ''}",
            month=self.month(hints.taken.month),
            year=str(hints.taken.year),
        )
        season = self.entries["seasons"][hints.season]
        if hints.time_of_day:
            return self.say("taken_at_time", date=date, time=self.entries["times"][hints.time_of_day], season=season)
        return self.say("taken", date=date, season=season)

    def month(self, number: int) -> str:
        """The name of a month."""
        return str(self.entries["months"].split()[number - 1])

    def tag(self, word: str) -> str:
        """A word of ours that is no label, as a tag in lower case."""
        for names in ("tags", "seasons", "colors"):
            if word in self.entries[names]:
                return str(self.entries[names][word]).lower()
        raise KeyError(word)


@functools.cache
def load_wording(code: str) -> Wording:
    """The wording of German, French or Spanish."""
    return Wording(code, tomllib.loads((PHRASES / f"{code}.toml").read_text(encoding="utf-8")))


@functools.cache
def languages() -> dict[str, str]:
    """What descriptions can be written in: codes by English names."""
    return {"English": "en", **{load_wording(code).entries["name"]: code for code in CODES}}
