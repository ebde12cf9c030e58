"""A vocabulary as a file in any of the formats that people exchange it in."""

from typing import Literal

from catalogue.skos import read_skos, read_skos_turtle, write_skos, write_skos_turtle
from catalogue.vocabulary_formats import read_csv, write_csv
from shared.catalogue.vocabulary import Vocabulary

VocabularyFileFormat = Literal["csv", "skos", "turtle"]


def read_vocabulary(content: bytes, format_: VocabularyFileFormat, *, language: str) -> Vocabulary:
    """The vocabulary in a file, with the labels of this language first; ValueError says what is wrong with it."""
    if format_ == "csv":
        return read_csv(content)
    return (read_skos if format_ == "skos" else read_skos_turtle)(content, language=language)


def write_vocabulary(vocabulary: Vocabulary, format_: VocabularyFileFormat, *, language: str) -> bytes:
    """The vocabulary as a file; a format that tells languages says that its tags are of this one."""
    if format_ == "csv":
        return write_csv(vocabulary)
    return (write_skos if format_ == "skos" else write_skos_turtle)(vocabulary, language=language)
