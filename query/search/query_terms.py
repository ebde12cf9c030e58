"""The words of a search that a photo can hold: no function words, in any of their forms."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from query.search.query_text import STOP_WORDS, split_phrases
from shared.search.folding import TOKEN, fold_text, text_tokens

# Words of questions about photos, in the languages that captions have most often. As no photo has to hold them, they
# are no evidence, unless nothing else is left.
FUNCTION_WORDS = frozenset(
    text_tokens(
        """a about all also am among an and any anybody anything are around as at be been before being between both but
        by can could day days did different do does doing done down during each ever every few find finding for found
        from get give given got had has have having he her here hers him his how i if in into is it its itself just kind
        let like list look looked looking lot many may me might mine month months more most much must my near need next
        no not of off on one ones only onto or other our out over own per please said same say says search see seem
        she should show
        showing shown so some somebody somehow someone something such take taken taking tell than that the their them
        then there these they thing things this those through to together took under until up upon us very want was we
        were what when where which while who whom whose why will with within without would written year years yes you
        your yours
        photo photos photograph photographs photographed photographing picture pictures pictured image images shot
        shots snapshot snapshots contain contains containing depict depicts depicted feature features featuring
        appear appears visible made make makes print printed publish published use used share shared allowed
        permission copyright license licence rights creator photographer

        aber alle allem allen aller alles als also am an auch auf aufgenommen aufnahme aufnahmen aus bei beim bild
        bilder bildern bin bis bist bitte da dabei damit dann das dass dein deine dem den denen denn der deren des dich
        die dies diese diesem diesen dieser dieses dir doch dort du ein eine einem einen einer eines er es etwas euch
        euer finde finden foto fotos fotografiert fur gab gemacht gib gibt hab habe haben hast hat hatte hier ich ihm
        ihn ihr ihre im in ins ist ja jede jeder jedes kann kannst kein keine keinen mal man mehr mein meine meinem
        meinen meiner mich mir mit mochte nach nicht noch nur ob oder ohne sagen sagt steht schon sehe sehen sein
        seine sich sie
        siehst sind so such suche suchen sowie uber um und uns unser unsere unter viele vom von vor war waren was welche
        welchem welchen welcher welches wenn wer wie wieviele will wir wird wo wurde wurden zeig zeige zeigen zu zum
        zur zwischen zwei einander

        ai au aux avec avez avons c ce ceci cela celle celles celui ces cet cette ceux chaque cherche chercher comme
        combien d dans de des deux dit donne du elle elles en entre es est et etre eu eux fait font il ils image images
        j je l la le les leur leurs lui m ma mais me mes moi mon montre montrez montrer n ne nos notre nous on ont ou
        par pas peux peut photo photos cliche cliches plus pour prise prises pris qu que quel quelle quelles quels qui
        s sa sans se ses si sont sous son sur t ta te tes toi ton tous tout toute toutes trouve trouver tu un une vers
        veux voir vois vos votre vous voudrais y

        al algo alguna algunas alguno algunos aparece aparecen aqui asi busca buscar cada como con contra cual cuales
        cuando cuanta cuantas cuanto cuantos dame dice dicen desde donde dos e el ella ellas ellos ensename era esa
        esas ese eso
        esos esta estan estas este esto estos foto fotos fotografia fotografias fue ha hacia han hasta hay he hecha
        hechas imagen imagenes las le les lo los mas mi mis mostrar muestra muestrame muy nosotros o otra otras otro
        otros para pero por porque puede puedes quien quiero sea segun ser sobre solo su sus tambien tengo tiene tienen
        toda todas todo todos tomada tomadas tus una unas uno unos ver veo ya yo"""
    )
) | {word for word in STOP_WORDS if word.isalpha()}
# Small words of German, French and Spanish that are things in English: they do not count where the text is not English.
AMBIGUOUS = frozenset(text_tokens("man hat sea son war bin fur hay pour die sable dos ton gab mal par plus art main"))
ENGLISH_FUNCTION_WORDS = FUNCTION_WORDS - AMBIGUOUS
LANGUAGE_WORDS = {
    "en": "the a an of is are on in at with and to from by near next his her its their which that there who",
    "de": "der die das ein eine einen einem einer im am auf und mit von zu zum zur bei aus vor ist sind den dem des",
    "fr": "le la les un une des du de au aux sur dans avec et est sont qui en par pour sous devant",
    "es": "el la los las un una unos unas en de del con y es son que al por para sobre junto a su",
}
FUNCTION_WORDS_BY_LANGUAGE = {code: frozenset(words.split()) for code, words in LANGUAGE_WORDS.items()}
MIN_FOREIGN_WORDS = 2  # function words of another language, with fewer of the captions', that make a text foreign
ENDING = re.compile(r"(?:s|es|e|en|ed|d|ing|y|ies)?(?![^\W_])")
STRIPPED = ("ing", "ies", "ed", "es", "en", "y", "e", "s")
MIN_STEM = 3
KEPT_TEXTS = 256  # searches whose words are remembered
IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "mice": "mouse", "feet": "foot",
    "geese": "goose", "teeth": "tooth", "knives": "knife", "leaves": "leaf", "wolves": "wolf", "oxen": "ox",
}  # fmt: skip
PLURALS = {singular: plural for plural, singular in IRREGULAR.items()}
# Scripts that put no space between words: Thai to Khmer, kana, Chinese characters.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# Where the thing ends that a phrase is about: "airplanes | at night", "a man | with a hat".
PREPOSITIONS = frozenset(
    text_tokens(
        """at in on with without by near under over behind before of from for during through beside against
        an am im auf bei mit ohne vor von in aus unter neben de du des en dans sur avec sans sous con sin sobre"""
    )
)


@dataclass(frozen=True)
class QueryTerm:
    """
    One word that was asked for: the stems of its forms, and whether it names the thing itself.

    `text` is folded, and may be a part of the `word` that was typed, as in Chinese.
    """

    text: str
    stems: tuple[str, ...]
    word: str
    is_head: bool = False

    def __hash__(self) -> int:
        return hash(self.text)  # it tells a word from the others of its search, and is asked for at every hit


def query_terms(q: str, without: Collection[str] = ()) -> tuple[QueryTerm, ...]:
    """The words that count, each once, without those that a photo must not have; all words if none of them counts."""
    return _query_terms(q, tuple(without))


@lru_cache(maxsize=KEPT_TEXTS)  # a search asks for them more than once
def _query_terms(q: str, without: tuple[str, ...]) -> tuple[QueryTerm, ...]:
    words, _ = split_phrases(q)
    unwanted = {stem_of(token) for each in without for token in text_tokens(each)}
    typed = [(word, token) for word in TOKEN.findall(words) for token in text_tokens(word)]
    wanted = [(word, token) for word, token in typed if stem_of(token) not in unwanted]
    ignored = FUNCTION_WORDS if is_foreign(words, "en") else ENGLISH_FUNCTION_WORDS
    counting = [(word, token) for word, token in wanted if token not in ignored] or wanted
    head = _head([token for _, token in wanted], ignored)
    terms: dict[tuple[str, ...], QueryTerm] = {}
    for word, token in counting:
        for part in _parts(token):
            terms.setdefault(_stems(part), QueryTerm(part, _stems(part), word, is_head=token == head))
    return tuple(terms.values())


@lru_cache(maxsize=KEPT_TEXTS)
def is_foreign(q: str, language: str) -> bool:
    """Whether its small words show that a text is not in this language, of those that can be told apart."""
    tokens = fold_text(q).split()
    counts = {code: sum(token in words for token in tokens) for code, words in FUNCTION_WORDS_BY_LANGUAGE.items()}
    best = max(counts.values())
    return best >= MIN_FOREIGN_WORDS and language in counts and counts[language] < best


def stem_of(token: str) -> str:
    """What the forms of a word begin with: `boat` for `boats`, `run` for `running`, `cit` for `cities`."""
    token = IRREGULAR.get(token, token)
    for ending in STRIPPED:
        stem = token.removesuffix(ending)
        if stem != token and len(stem) >= MIN_STEM:
            return stem[:-1] if ending in {"ing", "ed"} and _is_doubled(stem) else stem
    return token


def _stems(token: str) -> tuple[str, ...]:
    stem = stem_of(token)
    plural = PLURALS.get(IRREGULAR.get(token, token))
    return (stem, plural) if plural else (stem,)


def _is_doubled(stem: str) -> bool:
    return len(stem) > MIN_STEM and stem[-1] == stem[-2] and stem[-1] not in "ls"


def _parts(token: str) -> Sequence[str]:
    """A word; of a script without spaces every two neighbouring letters, as nobody can tell where words end."""
    if len(token) < MIN_STEM or not UNSPACED.search(token):
        return [token]
    return [token[at : at + 2] for at in range(len(token) - 1)]


def _head(tokens: Sequence[str], ignored: Collection[str]) -> str:
    """The last word that counts before the first preposition: what "red airplanes at night" is about."""
    head = ""
    for token in tokens:
        if head and token in PREPOSITIONS:
            break
        if token not in ignored:
            head = token
    return head


def holds_any_form(text: str, stems: Iterable[str]) -> bool:
    """Whether a folded text holds a form of one of these stems as a whole word: mostly it has none at all."""
    for stem in stems:  # noqa: SIM110 - `any` takes as long as all the rest
        if stem in text and _holds_form(text, stem):
            return True
    return False


def _holds_form(text: str, stem: str) -> bool:
    """Whether a text holds a form of the stem as a whole word; anywhere in scripts that have no spaces."""
    at = text.find(stem)
    if at >= 0 and not stem.isascii() and UNSPACED.search(stem):
        return True
    while at >= 0:
        end = at + len(stem)
        if not (at and text[at - 1].isalnum()) and _is_ending(text, end, stem[-1:]):
            return True
        at = text.find(stem, at + 1)
    return False


def _is_ending(text: str, at: int, last: str) -> bool:
    """Whether a word ends here or after an ending, before which the last letter of the stem may be doubled."""
    if ENDING.match(text, at):
        return True
    return last.isalpha() and text.startswith(last, at) and ENDING.match(text, at + 1) is not None
