"""What a question asks of the words in a photo's file: who made it, what is allowed, its rating and its keywords."""

import re
from typing import Literal

from local.models.chat.question_filters import QuestionScanner

FileFact = Literal["creators", "rights"]
# "Ann Example", "A. Writer", "Vincent van Gogh"
NAME_WORD = r"[^\W\d_a-zäöüéèáíóúñ][\w.'\u2019-]*"
NAME = rf"{NAME_WORD}(?: (?:(?:van|von|de|der|den|di|da|del|la|le) )*{NAME_WORD})*"
QUOTED = r"[\"“„«]\s?([^\"“”„«»]+?)\s?[\"“”»]"
CLAUSE_START = re.compile(r"(?:^|[,;:.?!¿¡(])\s*(?:(?:and|und|et|y) )?$|\b(?:and|und|et|y) $", re.IGNORECASE)


def take_file_facts(scanner: QuestionScanner) -> tuple[FileFact, ...]:
    """What it wants to know from the file: who made the photo, whether one may use it, or both."""
    facts: list[FileFact] = []
    if _take_question(scanner, "who", "make") or scanner.take_cue("maker"):
        facts.append("creators")
    if _take_question(scanner, "may", "use") or scanner.take_cue("rights"):
        facts.append("rights")
    while facts and (scanner.take_cue("maker") or scanner.take_cue("rights")):
        pass
    return tuple(facts)


def _take_question(scanner: QuestionScanner, opening: str, verb: str) -> bool:
    """Whether a clause begins with an opening such as "who" or "may I", and has one of the verbs after it."""
    match = scanner.language.find_cue(opening, scanner.remaining)
    if not match or not CLAUSE_START.search(scanner.remaining[: match.start()]):
        return False
    rest = " " * match.end() + scanner.remaining[match.end() :]
    verb_match = scanner.language.find_cue(verb, rest)
    if not verb_match:
        return False
    while verb_match:
        scanner.blank(verb_match.span())
        rest = rest[: verb_match.start()] + " " * len(verb_match[0]) + rest[verb_match.end() :]
        verb_match = scanner.language.find_cue(verb, rest)
    scanner.blank(match.span())
    return True


def find_creator_name(scanner: QuestionScanner) -> str | None:
    """The name after "photos by" or between "did" and "take". It stays in the text: files and titles have names too."""
    for cue, verb in (("made_by", None), ("did", "make")):
        spellings = "|".join(re.escape(each) for each in scanner.language.alternatives(cue))
        match = re.search(rf"(?<!\w)(?i:{spellings}) (?:{QUOTED}|({NAME}))", scanner.remaining)
        verb_match = verb and match and scanner.language.find_last_cue(verb, scanner.remaining[match.end() :])
        if not match or (verb and not verb_match):
            continue
        if verb_match:
            scanner.blank((match.end() + verb_match.start(), match.end() + verb_match.end()))
        name_start = match.start(1) if match[1] else match.start(2)
        scanner.blank((match.start(), name_start))
        return str(match[1] or match[2]).rstrip(".'\u2019-")
    return None


def take_rating(scanner: QuestionScanner) -> int | None:
    """The least number of stars: `at least four stars`, `5-star photos`, `mit drei Sternen`."""
    stars, least = (
        "|".join(re.escape(each) for each in scanner.language.alternatives(name)) for name in ("stars", "at_least")
    )
    pattern = rf"(?<!\w)(?:(?:{least}) )?(\w+)[ -](?:{stars})(?!\w)(?: (?:{least})(?!\w))?"
    match = re.search(pattern, scanner.remaining, re.IGNORECASE)
    count = scanner.language.parse_number(match[1]) if match else None
    if match is None or count is None or count > 5:
        return None
    scanner.blank(match.span())
    return count


def take_keyword(scanner: QuestionScanner) -> str | None:
    """The keyword that people gave: `with the keyword crane`, `filed under "harbour crane"`."""
    match = scanner.language.find_cue("keyword", scanner.remaining)
    name_match = re.match(rf"\s*(?:{QUOTED}|(\w[\w-]*))", scanner.remaining[match.end() :]) if match else None
    if not (match and name_match):
        return None
    scanner.blank((match.start(), match.end() + name_match.end()))
    return str(name_match[1] or name_match[2])
