"""The words of a photo's path. They are searched and not embedded, so that a renamed copy costs nothing."""

import re

NOT_A_WORD = re.compile(r"[\W_]+")
INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
EXTENSION = re.compile(r"\.\w{1,5}$")


def path_words(name: str, *more: str) -> str:
    """`trips/SummerIn_Rome/red-bike.jpg` is `trips Summer In Rome red bike`, followed by the other texts."""
    words = NOT_A_WORD.sub(" ", INNER_CAPITAL.sub(" ", EXTENSION.sub("", name)))
    return " ".join(part for part in (words.strip(), *more) if part)
