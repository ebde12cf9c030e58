"""
The catalogue in force in this process.

`shared/stores/catalogue.py` puts it in force when it has read the file, and reads it again twice a minute. So filters,
facets, schemas and documents need not ask: without a file it is empty, and everything is as if there were none.
"""

from shared.catalogue.definition import Catalogue
from shared.catalogue.vocabulary import Vocabulary

EMPTY = Catalogue(fields=())
NO_VOCABULARY = Vocabulary(terms=())
_current = EMPTY
_vocabulary = NO_VOCABULARY


def catalogue() -> Catalogue:
    """The definitions that count now."""
    return _current


def put_in_force(new: Catalogue) -> None:
    """Let these definitions count from now on."""
    global _current  # noqa: PLW0603 - one for each process, like its settings
    _current = new


def vocabulary() -> Vocabulary:
    """The tags that the library agrees on."""
    return _vocabulary


def put_vocabulary_in_force(new: Vocabulary) -> None:
    """Let these tags count from now on."""
    global _vocabulary  # noqa: PLW0603 - likewise
    _vocabulary = new
