"""What kind of question a text is, judged by its wording: small talk, or "how many"."""

import re

SMALL_TALK = re.compile(
    r"\W*(hi|hello|hey|hallo|moin|bonjour|salut|hola|good (morning|evening|day)|guten (tag|morgen|abend)|thanks?|"
    r"thank you|thanks a lot|danke|merci|gracias|bye|tschüss|au revoir|adiós|ok|okay|(who|what) are you|"
    r"what can you do|wer bist du|was kannst du|qui es-tu|que peux-tu faire|quién eres|qué puedes hacer|"
    r"how do you work|help)( there| sch[öo]n| beaucoup| so much| very much)?\W*",
    re.IGNORECASE,
)
HOW_MANY = re.compile(
    r"\b(?:how many|number of|wie ?viele?|anzahl|combien|nombre d|cu[aá]nt[oa]s|quant[ei]|quantos|quantas|hoeveel|"
    r"hur många|hvor mange|ile|сколько)\b|多少|几张|幾張|何枚",
    re.IGNORECASE,
)
ABOUT_ONE_PHOTO = re.compile(
    r"\[\d+\]|\b(?:in|on|of) (?:it|(?:this|that|the (?:first|second|third|fourth|last)) (?:one|photo|picture))\b|"
    r"\b(?:auf|in) (?:dem|diesem) (?:bild|foto)\b|\bsur (?:la|cette) (?:photo|image)\b|"
    r"\ben (?:la|esta) (?:foto|imagen)\b",
    re.IGNORECASE,
)


def is_searchable(text: str) -> bool:
    """Whether there is anything to search for: a greeting has nothing."""
    return bool(text.strip()) and not SMALL_TALK.fullmatch(text.strip())


def asks_how_many(text: str) -> bool:
    """Whether it asks for a number of photos rather than of things in one photo."""
    return bool(HOW_MANY.search(text)) and not ABOUT_ONE_PHOTO.search(text)
