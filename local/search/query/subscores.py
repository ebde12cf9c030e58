"""What `debug=vector` shows of a hit: the scores that keywords and each vector gave it, before they were fused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from local.search.query.ranking import RankedList, RetrievalResult
from local.search.query.request import VectorQuery
from local.search.view import SearchView


@dataclass(frozen=True)
class VectorScores:
    """What one vector query made of one field: the service's score and the plain similarity, by row."""

    name: str
    scores: Mapping[int, tuple[float, float]]

    @classmethod
    def of(cls, name: str, ranked: RankedList, view: SearchView) -> Self:
        similarities = view.vectors[name].plain_similarities(ranked.scores)
        scores = zip(ranked.scores.tolist(), similarities.tolist(), strict=True)
        return cls(name, dict(zip(ranked.rows.tolist(), scores, strict=True)))

    def body(self, row: int) -> dict[str, Any]:
        """The field's part of the debugging information, empty where the row is not among the nearest."""
        if row not in self.scores:
            return {}
        score, similarity = self.scores[row]
        return {self.name: {"searchScore": score, "vectorSimilarity": similarity}}


@dataclass(frozen=True)
class Subscores:
    """The scores of every ranked list of a search, by row."""

    text: Mapping[int, float] = field(default_factory=dict)
    vectors: Sequence[Sequence[VectorScores]] = ()

    @classmethod
    def of(cls, result: RetrievalResult, queries: Sequence[VectorQuery], view: SearchView) -> Self:
        text = result.text
        lists = iter(result.vectors)
        return cls(
            {} if text is None else dict(zip(text.rows.tolist(), text.scores.tolist(), strict=True)),
            [[VectorScores.of(each.name, next(lists), view) for each in query.fields] for query in queries],
        )

    def similarity(self, row: int) -> float | None:
        """The best similarity that any vector found; None where none found the row."""
        scores = [each.scores[row] for fields in self.vectors for each in fields if row in each.scores]
        return max((similarity for _, similarity in scores), default=None)

    def body(self, row: int) -> dict[str, Any]:
        """The debugging information of a hit: a part is missing where its list does not have the row."""
        subscores: dict[str, Any] = {"documentBoost": 1.0}
        if row in self.text:
            subscores["text"] = {"searchScore": self.text[row]}
        subscores["vectors"] = [
            {name: part for each in fields for name, part in each.body(row).items()} for fields in self.vectors
        ]
        return {"vectors": {"subscores": subscores}}
