"""
The catalogue in force in this process.

`shared/stores/catalogue.py` puts it in force when it has read the file, and reads it again twice a minute. So filters,
facets, schemas and documents need not ask: without a file it is empty, and everything is as if there were none.
"""

import hashlib

from shared.catalogue.definition import Catalogue
from shared.catalogue.vocabulary import Vocabulary

EMPTY = Catalogue(fields=())
NO_VOCABULARY = Vocabulary(terms=())
_current = EMPTY
_vocabulary = NO_VOCABULARY
_version = ""  # of both, computed when it is first asked for


def catalogue() -> Catalogue:
    """The definitions that count now."""
    return _current


def put_in_force(new: Catalogue) -> None:
    """Let these definitions count from now on."""
    global _current, _version
    _current, _version = new, ""


def vocabulary() -> Vocabulary:
    """The tags that the library agrees on."""
    return _vocabulary


def put_vocabulary_in_force(new: Vocabulary) -> None:
    """Let these tags count from now on."""
    global _vocabulary, _version
    _vocabulary, _version = new, ""


def definitions_version() -> str:
    """What tells fields and vocabulary from others: what is queued names it, for an instance that has older ones."""
    global _version  # noqa: PLW0603 - likewise
    if not _version:
        content = f"{_current.model_dump_json()}\n{_vocabulary.model_dump_json()}"
        _version = hashlib.sha256(content.encode()).hexdigest()[:16]
    return _version
