"""
One spelling for what people read as the same: accents, ß, NFC and NFD, full width, points and articles of scripts.

No analyzer of the service does all of that, and a new one would take an existing index offline, so texts are folded
here: what differs from its folded form is indexed a second time (`search_words.py`), and searched for in both.
"""

import re
import unicodedata
from collections.abc import Iterator

# Marks that make another letter of a sign, in Indic scripts and kana.
LETTER_MARKS = {7, 8, 9}
# Letters that Unicode does not take apart, and those of Arabic and Persian that are written for one another.
SAME_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ı": "i", "ħ": "h", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "\u0640": ""}
)
TOKEN = re.compile(r"[^\W_]+")
# Of scripts whose vowels are marks, a whole run is a word; of those written without spaces, it is a sentence.
INDIC = "\u0900-\u0963\u0966-\u0dff"
SOUTH_EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
KANA_AND_HAN = "\u3005\u3006\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HANGUL = "\uac00-\ud7af"
WITHOUT_SPACES = f"{SOUTH_EAST_ASIAN}{KANA_AND_HAN}{HANGUL}"
MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
RUN = re.compile(
    rf"[{INDIC}]+|[{WITHOUT_SPACES}]+|[^\W_{INDIC}{WITHOUT_SPACES}](?:[^\W_{INDIC}{WITHOUT_SPACES}]|[{MARKS}])*"
)
UNSPACED = re.compile(rf"[{WITHOUT_SPACES}]+")
MAX_WORD = 255  # characters: what analyzers drop as well

ARABIC_PREFIX = re.compile("(?:و?(?:ال|بال|كال|فال|لل)|و(?=...))(?=..)")
ARABIC_SUFFIX = re.compile("(?<=..)(?:ها|ان|ات|ون|ين|يه|ه|ي)$")
HEBREW_PREFIX = re.compile("ו?ש?[הבכלמ]?")
CYRILLIC_ENDING = re.compile(
    r"(?<=\w\w\w)(?:иями|ями|ами|иеи|ого|его|ому|ему|ыми|ими|иях|ях|ах|ов|ев|еи|ои|ии|ыи|ая|яя|ое|ее|ые|ие|ую|юю|ом|ем|ам|"
    r"ям|ым|им|их|ых|ия|ию|ью|ья|ье|ія|ії|ію|а|я|о|е|ы|и|і|у|ю|ь|ъ)$"
)


def fold_text(text: str) -> str:
    """The text in small letters, without accents and in one form: `Zürich`, `ＺÜＲＩＣＨ` and `zurich` are the same."""
    if text.isascii():  # as most texts are: there is nothing to fold
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = (each for each in apart if not (mark := unicodedata.combining(each)) or mark in LETTER_MARKS)
    whole = unicodedata.normalize("NFC", "".join(kept)).casefold()
    return " ".join(whole.translate(SAME_LETTERS).split())


def text_tokens(text: str) -> tuple[str, ...]:
    """The runs of letters and digits, folded: `IMG_2071.HEIC` has `img`, `2071` and `heic`."""
    return tuple(TOKEN.findall(fold_text(text)))


def folded_phrase(text: str) -> str:
    """The folded tokens of a text, if it is not these tokens already; else nothing."""
    folded = text_tokens(text)
    return " ".join(folded) if folded != tuple(TOKEN.findall(unicodedata.normalize("NFC", text).lower())) else ""


def runs(text: str) -> list[str]:
    """The words of a text in NFC; of a script without spaces, what stands in one piece."""
    return RUN.findall(unicodedata.normalize("NFC", text))


def is_unspaced(run: str) -> bool:
    """Whether this run is of a script written without spaces."""
    return UNSPACED.match(run) is not None


def word_forms(run: str) -> list[str]:
    """What a run is also looked for as: folded, without an article or ending; empty if it is nothing else."""
    folded = fold_text(run)
    words = [form for word in RUN.findall(folded) for form in _forms(word)]
    return [word for word in dict.fromkeys(words) if word != run.lower() and len(word) <= MAX_WORD]


def pairs(run: str) -> list[str]:
    """Every two neighbouring signs of a longer run, in NFKC: of `富士山` `富士` and `士山`."""
    signs = unicodedata.normalize("NFKC", run)
    return [signs[at : at + 2] for at in range(len(signs) - 1)] if len(signs) > 2 else [signs][signs == run :]


def _forms(word: str) -> Iterator[str]:
    if "\u0590" <= word[0] <= "\u05ff":
        yield from _without_hebrew_prefix(word)
    elif "\u0600" <= word[0] <= "\u06ff":
        yield ARABIC_SUFFIX.sub("", ARABIC_PREFIX.sub("", word, count=1))
    elif "\u0400" <= word[0] <= "\u052f":
        yield CYRILLIC_ENDING.sub("", word)
    else:
        yield word


def _without_hebrew_prefix(word: str) -> Iterator[str]:
    """The word and what is left without each prefix it may have: only a dictionary knows which is one."""
    prefix = HEBREW_PREFIX.match(word)
    for length in range((prefix.end() if prefix else 0) + 1):
        if length == 0 or len(word) - length >= 2:
            yield word[length:]
