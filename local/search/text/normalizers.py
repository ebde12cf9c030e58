"""Normalizers: how filterable strings are folded before they are compared."""

import unicodedata


def fold(text: str) -> str:
    """Strip accents: `Ünïcode` becomes `Unicode`."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


def normalize(text: str, name: str | None) -> str:
    """Apply a built-in normalizer; None leaves the text alone."""
    match name:
        case "lowercase":
            return text.lower()
        case "uppercase":
            return text.upper()
        case "asciifolding":
            return fold(text)
        case "standard":
            return fold(text.lower())
    return text
