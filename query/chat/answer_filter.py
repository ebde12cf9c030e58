"""What of an answer's words is passed on while they come."""

from query.chat.answer_markup import MarkupFilter
from query.chat.citations import CitationFilter, Citations


class AnswerFilter:
    """Words without markers of photos that weren't found, and without markup; of JSON nothing before it is checked."""

    def __init__(self, citations: Citations, *, is_data: bool) -> None:
        self._citations = CitationFilter(citations)
        self._markup = MarkupFilter()
        self._is_data = is_data

    def feed(self, piece: str) -> str:
        return "" if self._is_data else self._markup.feed(self._citations.feed(piece))

    def rest(self, otherwise: str) -> str:
        """What was held back, once there is no more to come; `otherwise` if that is nothing."""
        return self._markup.feed(self._citations.rest() or otherwise)
