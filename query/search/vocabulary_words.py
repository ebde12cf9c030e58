"""Words of a search that the vocabulary knows, with the other words for the same and those for all below it."""

from query.search.keyword_text import all_words_text, any_words_text
from query.search.query_text import escape_operators, significant_words
from shared.catalogue.in_force import vocabulary

MAX_PHRASE = 3  # words of a term that is looked for in a text
MAX_MORE = 30  # words that a search is widened by


def any_words(text: str) -> str:
    """The text in the simple query syntax, of which any word will do, and the words that mean the same after it."""
    words = text.split()
    starts = range(len(words)) if vocabulary().terms else ()
    spans = [" ".join(words[start : start + length]) for start in starts for length in range(1, MAX_PHRASE + 1)]
    known = dict.fromkeys(each for span in spans for each in other_words(span))
    more = [each for each in known if each not in text.lower()][:MAX_MORE]
    return " ".join([any_words_text(text), *map(_operand, more)])


def all_words(text: str) -> str:
    """The significant words in the simple query syntax, all of which must be there, or another word for each."""
    return " ".join(_either(word) for word in significant_words(text))


def _either(word: str) -> str:
    text, others = all_words_text(word), [each for each in other_words(word) if each != word]
    return f"({' | '.join([text, *map(_operand, others[:MAX_MORE])])})" if others else text


def other_words(word: str) -> list[str]:
    """What the vocabulary has for the same as this word, and for all below it; nothing for a word it does not have."""
    return vocabulary().including(word) if vocabulary().terms and vocabulary().meaning(word) else []


def _operand(word: str) -> str:
    return f'"{escape_operators(word)}"' if " " in word else escape_operators(word)
