"""The feature table of the README is true: there is a probe for every row."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.search.text.analyzers import IMITATED_LANGUAGES, LANGUAGE_NEUTRAL, STEMMED_LANGUAGES
from local.search.text.pair_analyzer import LANGUAGES
from tests.local.search.contract.conftest import HOTEL_FIELDS, HOTELS, KEY_FIELD
from tests.local.search.server import SearchServer
from tests.machine import ROOT

README = (ROOT / "local" / "search" / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([^|]+) \| (yes|kept|400|501) \|", re.MULTILINE)
CLAIMS = dict(ROW.findall(README))
VECTOR: dict[str, Any] = {
    "name": "v",
    "type": "Collection(Edm.Single)",
    "searchable": True,
    "dimensions": 2,
    "vectorSearchProfile": "p",
}
VECTOR_SEARCH: dict[str, Any] = {
    "algorithms": [{"name": "a", "kind": "hnsw"}],
    "profiles": [{"name": "p", "algorithm": "a"}],
}


class Probe:
    """Tries features on an index of hotels and returns how the README would put it."""

    def __init__(self, server: SearchServer) -> None:
        self.server = server
        self.name = self.create()[1]
        documents = [{**hotel, "v": [1, number]} for number, hotel in enumerate(HOTELS)]
        server.client(self.name).upload_documents(documents)

    def create(self, **parts: Any) -> tuple[int, str]:
        """Create an index with these parts; returns the status and the index's name."""
        name = f"probe-{uuid.uuid4().hex[:12]}"
        fields = [KEY_FIELD, *HOTEL_FIELDS, VECTOR, *parts.pop("fields", [])]
        standard = {
            "vectorSearch": VECTOR_SEARCH,
            "suggesters": [{"name": "sg", "searchMode": "analyzingInfixMatching", "sourceFields": ["name"]}],
            "semantic": {
                "defaultConfiguration": "c",
                "configurations": [{"name": "c", "prioritizedFields": {"titleField": {"fieldName": "name"}}}],
            },
        }
        response = self.server.request("POST", "/indexes", {"name": name, "fields": fields, **standard, **parts})
        return response.status_code, name

    def creates(self, **parts: Any) -> str:
        return outcome(self.create(**parts)[0])

    def keeps(self, **parts: Any) -> str:
        """Whether parts of a definition come back unchanged."""
        _, name = self.create(**parts)
        definition = self.server.request("GET", f"/indexes/{name}").json()
        return "kept" if all(definition[part] == value for part, value in parts.items()) else "lost"

    def post(self, tail: str, **body: Any) -> str:
        return outcome(self.server.request("POST", f"/indexes/{self.name}{tail}", body).status_code)

    def search(self, **body: Any) -> str:
        return self.post("/docs/search", **body)

    def finds(self, **body: Any) -> str:
        """Whether a search finds anything."""
        response = self.server.request("POST", f"/indexes/{self.name}/docs/search", body)
        return "yes" if response.json().get("value") else f"{response.status_code}"


def outcome(status: int) -> str:
    return "yes" if status < 300 else str(status)


def analyzed(name: str) -> list[dict[str, Any]]:
    return [{"name": "text", "type": "Edm.String", "analyzer": name}]


def custom(**parts: Any) -> dict[str, Any]:
    own = {"@odata.type": "#Microsoft.Azure.Search.CustomAnalyzer", "name": "own", "tokenizer": "whitespace"}
    return {"analyzers": [{**own, **parts}], "fields": analyzed("own")}


def profile(**parts: Any) -> dict[str, Any]:
    function = {
        "type": "magnitude",
        "fieldName": "rating",
        "boost": 2,
        "magnitude": {"boostingRangeStart": 0, "boostingRangeEnd": 5},
    }
    return {"scoringProfiles": [{"name": "s", "functions": [function], **parts}]}


def nearest(**parts: Any) -> list[dict[str, Any]]:
    return [{"kind": "vector", "vector": [1, 0], "fields": "v", **parts}]


def all_of(outcomes: Iterator[str]) -> str:
    """Return the outcome that all probes have in common."""
    different = set(outcomes)
    return different.pop() if len(different) == 1 else f"mixed: {different}"


COMPRESSION = {
    **VECTOR_SEARCH,
    "profiles": [{"name": "p", "algorithm": "a", "compression": "q"}],
    "compressions": [{"name": "q", "kind": "scalarQuantization"}],
}
PROBES: dict[str, Callable[[Probe], str]] = {
    "create, change, list, delete indexes; etags": lambda probe: probe.creates(),
    "upload, merge, mergeOrUpload, delete": lambda probe: probe.post(
        "/docs/index", value=[{"@search.action": "delete", "id": "none"}]
    ),
    "look-up, count, statistics": lambda probe: outcome(
        probe.server.request("GET", f"/indexes/{probe.name}/stats").status_code
    ),
    "continuation of long results": lambda probe: probe.finds(search="*"),
    "api-versions 2020-06-30 to 2026-04-01": lambda probe: probe.finds(search="*"),
    "simple query syntax": lambda probe: probe.finds(search='"quiet hotel" + harb* -motel'),
    "full Lucene syntax": lambda probe: probe.finds(search="description:quite~ AND /hote./", queryType="full"),
    "filters": lambda probe: probe.finds(filter="rooms/any(r: r/rate gt 100) and search.ismatch('quiet')"),
    "orderby, facets, highlights": lambda probe: probe.finds(
        search="hotel", orderby="rating desc", facets=["renovated,interval:year"], highlight="description"
    ),
    "scoring profiles": lambda probe: probe.creates(**profile()),
    "vector search": lambda probe: probe.finds(vectorQueries=nearest(exhaustive=True, oversampling=2.0)),
    "hybrid search with weights": lambda probe: probe.finds(search="hotel", vectorQueries=nearest(weight=2)),
    "semantic ranking, captions, answers": lambda probe: probe.finds(
        search="hotel", queryType="semantic", captions="extractive", answers="extractive|count-2"
    ),
    "suggestions and autocompletion": lambda probe: probe.post("/docs/suggest", search="har", suggesterName="sg"),
    "analyzers: standard, simple, keyword, whitespace, stop, English": lambda probe: all_of(
        probe.post("/analyze", text="A dog", analyzer=name) for name in (*LANGUAGE_NEUTRAL, "en.lucene")
    ),
    "analyzers of the languages tantivy stems": lambda probe: all_of(
        probe.post("/analyze", text="A dog", analyzer=f"{language}.{family}")
        for language in STEMMED_LANGUAGES
        for family in ("lucene", "microsoft")
    ),
    "analyzers of Japanese, Korean, Chinese and Thai": lambda probe: all_of(
        probe.post("/analyze", text="犬 dog", analyzer=f"{language}.microsoft") for language in LANGUAGES
    ),
    "analyzers of other languages": lambda probe: all_of(
        probe.post("/analyze", text="A dog", analyzer=f"{language}.lucene") for language in IMITATED_LANGUAGES
    ),
    "custom analyzers of predefined parts": lambda probe: probe.creates(
        **custom(tokenFilters=["lowercase", "asciifolding"])
    ),
    "custom analyzers with character filters": lambda probe: probe.creates(**custom(charFilters=["html_strip"])),
    "normalizers": lambda probe: probe.creates(fields=[{"name": "n", "type": "Edm.String", "normalizer": "lowercase"}]),
    "synonym maps, aliases, indexers, data sources, skillsets": lambda probe: all_of(
        outcome(probe.server.request("PUT", f"/{kind}('x')", {"name": "x"}).status_code)
        for kind in ("synonymmaps", "aliases", "indexers", "datasources", "skillsets")
    ),
    "vector queries by text": lambda probe: probe.search(
        vectorQueries=[{"kind": "text", "text": "hotel", "fields": "v"}]
    ),
    "binary vectors": lambda probe: probe.creates(
        fields=[{**VECTOR, "name": "b", "type": "Collection(Edm.Byte)", "vectorEncoding": "packedBit"}]
    ),
    "vector compression": lambda probe: probe.creates(vectorSearch=COMPRESSION),
    "BM25 parameters": lambda probe: probe.keeps(
        similarity={"@odata.type": "#Microsoft.Azure.Search.BM25Similarity", "k1": 0.5, "b": 0.1}
    ),
    "CORS, encryption keys": lambda probe: probe.keeps(
        corsOptions={"allowedOrigins": ["*"], "maxAgeInSeconds": 60}, encryptionKey={"keyVaultKeyName": "k"}
    ),
    "product scoring aggregation": lambda probe: probe.creates(**profile(functionAggregation="product")),
    "debugging information of vectors": lambda probe: probe.finds(
        search="hotel", vectorQueries=nearest(), debug="vector"
    ),
    "query rewriting, spelling, other debugging information": lambda probe: probe.finds(
        search="hotel", queryLanguage="en-us", speller="lexicon", debug="all"
    ).replace("yes", "kept"),
}


@pytest.fixture(scope="module")
def probe(server: SearchServer) -> Probe:
    return Probe(server)


def test_every_row_of_the_table_has_a_probe_and_every_probe_a_row() -> None:
    assert set(CLAIMS) == set(PROBES)


@pytest.mark.parametrize("feature", PROBES)
def test_the_table_tells_the_truth(probe: Probe, feature: str) -> None:
    assert PROBES[feature](probe) == CLAIMS[feature]


def test_every_option_is_in_the_readme_and_nothing_else() -> None:
    source = (ROOT / "local" / "search" / "__main__.py").read_text(encoding="utf-8")
    defined = set(re.findall(r'"(--[a-z-]+)"', source))

    assert set(re.findall(r"`(--[a-z-]+)[` ]", README)) == defined
