"""Answers who made a photo and whether it may be used, from what its file says and from nothing else."""

from local.models.chat.dialogue_state import DialogueState
from local.models.chat.lexicon import Lexicon
from local.models.chat.question_parser import ParsedQuestion
from local.models.chat.relevance import rank_photos
from local.models.chat.search_results import PhotoRecord

MAX_PHOTOS = 3
MIN_RELEVANCE = 0.3  # one word of two, as in "the crane on my website"


def file_answer(question: ParsedQuestion, photos: list[PhotoRecord]) -> str:
    """What the files say about their creators, their rights or both, a photo after the other."""
    sentences = []
    for photo in photos[:MAX_PHOTOS]:
        if "creators" in question.file_facts:
            sentences += _creator_sentences(photo, question.language)
        if "rights" in question.file_facts:
            sentences += _rights_sentences(photo, question.language)
    return " ".join(sentences)


def photos_in_question(question: ParsedQuestion, dialogue: DialogueState) -> list[PhotoRecord]:
    """The photos that it names by number or position; for "it", those of the last answer."""
    cited = dialogue.cited_titles
    numbers = {*question.photo_numbers}
    numbers |= {number for position, (number, _) in enumerate(cited) if position + 1 in question.ordinals}
    if not numbers and not question.own_terms:
        numbers = {number for number, _ in cited}
    return list({photo.n: photo for photo in dialogue.earlier_photos if photo.n in numbers}.values())


def best_matches(question: ParsedQuestion, dialogue: DialogueState) -> list[PhotoRecord]:
    """The photos of the last search that fit the question best; what a photo is wanted for is seen in none."""
    results = dialogue.latest_search_result()
    ranked = rank_photos(question, results.photos) if results else []
    return [each.photo for each in ranked if each.relevance >= max(MIN_RELEVANCE, ranked[0].relevance)]


def _creator_sentences(photo: PhotoRecord, language: Lexicon) -> list[str]:
    item = _item(photo, language)
    if photo.creators:
        sentences = [language.say("creators", item=item, names=language.join(list(photo.creators)))]
    else:
        sentences = [language.say("creators_unknown", item=item)]
    return [*sentences, language.say("credit", text=photo.credit)] if photo.credit else sentences


def _rights_sentences(photo: PhotoRecord, language: Lexicon) -> list[str]:
    """The words of the file; they are quoted and not judged, and silence is no permission."""
    item = _item(photo, language)
    texts = [f"“{text}”" for text in dict.fromkeys((photo.rights, photo.usage_terms)) if text]
    if not texts:
        return [language.say("rights_unknown", item=item)]
    return [language.say("rights", item=item, text=language.join(texts)), language.say("rights_limit")]


def _item(photo: PhotoRecord, language: Lexicon) -> str:
    return language.say("item", title=f"“{photo.title.rstrip('.')}”", citation=photo.citation)
