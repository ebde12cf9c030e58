"""
What is wrong with a text that stands for a picture, by rules that a machine can check.

They are those of W3C's tips for alternative texts and of the IPTC's accessibility fields: a sentence or two, of no more
than 250 characters, which does not begin by saying that it is a picture, and has no name of a file in it.
"""

import re
from collections.abc import Mapping
from typing import Literal, get_args

AltTextFault = Literal["empty", "long", "opening", "file_name"]
FAULTS: tuple[AltTextFault, ...] = get_args(AltTextFault)
MAX_LENGTH = 250  # characters; the model is asked for about 125
# By language: an article, a word for a picture, and what follows it.
PICTURES = {
    "en": (r"(an?|the|this) ", r"([\w-]+ )?(image|picture|photo|photograph|snapshot)", r" of| (shows|showing|depicts)"),
    "de": (
        r"(ein|eine|das|dieses|auf dem) ",
        r"(bild|foto|fotografie|aufnahme|abbildung)",
        r" (von|zeigt|mit|ist|sind|sieht)",
    ),
    "fr": (r"l['\u2019]|(une|la|cette) ", r"(image|photo|photographie)", r" d['\u2019]?| (de|du|des|montre)"),
    "es": (r"(una|la|esta) ", r"(imagen|foto|fotografía)", r" (de|del|muestra|que muestra)"),
    "it": (r"l['\u2019]|un['\u2019]|(una|la|questa) ", r"(immagine|foto|fotografia)", r" (di|del|della|mostra)"),
    "nl": (r"(een|de|deze|dit) ", r"(afbeelding|foto)", r" (van|toont|met)"),
    "pt": (r"(uma|a|esta) ", r"(imagem|foto|fotografia)", r" (de|do|da|dos|das|mostra)"),
}
OPENINGS: Mapping[str, re.Pattern[str]] = {
    language: re.compile(rf"({article})?{picture}(({follows})\b|:)", re.IGNORECASE)
    for language, (article, picture, follows) in PICTURES.items()
}
FILE_NAME = re.compile(
    r"\S\.(jpe?g|png|gif|webp|heic|heif|tiff?|avif|bmp|dng|cr[23]|nef|arw|raf|psd|svg)\b"
    r"|\b(_?(img|dsc|dscn|dscf|pxl|mvimg|gopr|p)_?\d{4,})\b",
    re.IGNORECASE,
)


def alt_text_faults(text: str, language: str, file_name: str) -> list[AltTextFault]:
    """The rules that an alternative text breaks; `language` is that of the text, English where it is not known."""
    text = " ".join(text.split())
    if not text:
        return ["empty"]
    broken: dict[AltTextFault, bool] = {
        "long": len(text) > MAX_LENGTH,
        "opening": _opens_with_picture(text, language),
        "file_name": bool(FILE_NAME.search(text)) or _is_name_of(text, file_name),
    }
    return [fault for fault, is_broken in broken.items() if is_broken]


def _opens_with_picture(text: str, language: str) -> bool:
    """Whether it begins like `Image of`: in its own language, or in English, as models forget which one was wanted."""
    languages = ("en", language.partition("-")[0].lower())
    return any(each in OPENINGS and OPENINGS[each].match(text) for each in languages)


def _is_name_of(text: str, file_name: str) -> bool:
    """Whether it is nothing but the name of the file, with or without its end."""
    return text.casefold() in {file_name.casefold(), file_name.rpartition(".")[0].casefold()} - {""}
