"""
A field for each language of captions, with the analyzer that Azure AI Search has for it.

The fields of the first release are analyzed as English, and an analyzer cannot change in place. So what is written in
another language is indexed once more, in a field whose name has the language. Another CAPTION_LANGUAGE adds another
field, and the descriptions that there are stay where they were.
"""

# Microsoft's analyzers know the forms of words where Lucene's cut endings off, and there are more of them:
# https://learn.microsoft.com/azure/search/index-add-language-analyzers
MICROSOFT = (
    "ar bg bn ca cs da de el es et fi fr gu he hi hr hu id is it ja kn ko lt lv ml mr ms nb nl pa pl pt-BR pt-PT ro ru "
    "sk sl sr-cyrillic sr-latin sv ta te th tr uk ur vi zh-Hans zh-Hant"
)
LUCENE = "eu fa ga gl hy"
ANALYZERS = {name.lower(): f"{name}.microsoft" for name in MICROSOFT.split()}
ANALYZERS |= {name: f"{name}.lucene" for name in LUCENE.split()}
# Tags whose language is analyzed under another name; the longest that a tag begins with counts.
NAMES = {
    "no": "nb",
    "nn": "nb",
    "pt": "pt-pt",
    "pt-br": "pt-br",
    "sr": "sr-cyrillic",
    "sr-latn": "sr-latin",
    "zh": "zh-hans",
    "zh-hant": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "zh-tw": "zh-hant",
}
PREFIX = "described_"


def language_field(tag: str) -> str:
    """The field for descriptions in the language of this tag; empty for English, and where there is no analyzer."""
    language = _analyzed_as(tag.lower())
    return PREFIX + language.replace("-", "_") if language in ANALYZERS else ""


def analyzer_of(field: str) -> str:
    """The analyzer of a field for a language."""
    return ANALYZERS[field.removeprefix(PREFIX).replace("_", "-")]


def _analyzed_as(tag: str) -> str:
    parts = tag.split("-")
    starts = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((NAMES.get(start, start) for start in starts if start in NAMES or start in ANALYZERS), "")
