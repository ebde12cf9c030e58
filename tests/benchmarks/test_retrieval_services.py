"""The services behind the retrieval benchmark: which are named, and that no index is touched but its own."""

import asyncio
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from benchmarks import retrieval, retrieval_services
from benchmarks.retrieval_questions import Question
from benchmarks.retrieval_runs import Results, Way, caption_documents, evaluate_library, index_documents
from benchmarks.retrieval_services import named_settings, opened, scratch_index
from shared import local_settings
from shared.errors import SettingsError
from shared.model_reply import TokenUsage
from shared.photo import photo_id
from shared.services import Services
from tests.machine import Azurite
from tests.world import KEY, settings

WAYS = (Way("keywords", "keyword"), Way("hybrid", "hybrid"), Way("ranker", "hybrid", ranker=True))
NAMES = {"AZURE_SEARCH_ENDPOINT", "AZURE_SEARCH_API_KEY", "OPENAI_BASE_URL", "EMBEDDING_MODEL", "EMBEDDING_DIMENSIONS"}


class WordModels:
    """Embeds a text as the sum of vectors of its words, without a server."""

    embedding_model, dimensions = "words", 384

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.vector(text) for text in texts]

    def vector(self, text: str) -> list[float]:
        vectors = [np.random.default_rng(list(word.encode())).normal(size=384) for word in text.lower().split()]
        total = np.sum(vectors, axis=0)
        return [float(value) for value in total / np.linalg.norm(total)]

    async def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a search stand-in."""
    with retrieval_services.stand_in_for_search(tmp_path_factory.mktemp("search")) as url:
        yield url


@pytest.fixture
def environment(search: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(Services, "models", WordModels())
    return settings(Azurite(tmp_path), "http://127.0.0.1:9", search)


def indexes(search: str) -> dict[str, Any]:
    """The indexes there are, as the service describes them."""
    answer = httpx.get(
        f"{search}/indexes", params={"api-version": "2026-04-01"}, headers={"api-key": KEY}, trust_env=False
    )
    return {each["name"]: each for each in answer.json()["value"]}


def options(**values: Any) -> Namespace:
    return Namespace(**{"search": None, "models": None, "embedding_model": None, "dimensions": None, **values})


def test_questions_are_asked_in_an_index_that_goes_again(search: str, environment: Mapping[str, str]) -> None:
    documents = caption_documents({"1": "a dog on a beach", "2": "a boat"})
    questions = [Question("dog", "1 word", "1", frozenset({"1"})), Question("zebra", "unmatched", "0", frozenset())]

    async def run() -> Results:
        return await retrieval.results_of(environment, (documents, questions), ways=WAYS, typed=True)

    before = indexes(search)
    results = asyncio.run(run())

    assert indexes(search) == before
    assert {name: [each.score.first for each in outcomes] for name, outcomes in results.items()} == {
        way.name: [1.0, 0.0] for way in WAYS
    }


def test_the_index_goes_also_where_the_work_fails_and_no_other_does(
    search: str, environment: Mapping[str, str]
) -> None:
    async def fail() -> None:
        async with scratch_index(environment) as scratch:
            async with opened(scratch) as services:
                await services.index.ready()
            assert scratch["AZURE_SEARCH_INDEX"] in indexes(search)
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        asyncio.run(fail())
    assert not [name for name in indexes(search) if name.startswith("evaluation-")]
    with pytest.raises(ValueError, match="photos is not an index of this benchmark"):
        asyncio.run(retrieval_services.delete_index({**environment, "AZURE_SEARCH_INDEX": "photos"}))


def test_a_library_is_searched_and_neither_created_nor_changed(search: str, environment: Mapping[str, str]) -> None:
    library = {**environment, "AZURE_SEARCH_INDEX": "library"}
    id_ = photo_id("1.jpg")
    questions = [Question("dog", "questions", "dog", frozenset({id_}))]
    with pytest.raises(SettingsError, match="there is no index library"):
        asyncio.run(evaluate_library(library, questions))
    assert "library" not in indexes(search)

    async def fill() -> None:
        async with opened(library) as services:
            await index_documents(caption_documents({"1": "a dog on a beach"}), services)

    asyncio.run(fill())
    _let_somebody_change(search, "library")
    before = indexes(search)["library"]

    results = asyncio.run(evaluate_library(library, questions))

    assert [outcomes[0].score.first for outcomes in results.values()] == [1.0] * 4
    assert indexes(search)["library"] == before


def _let_somebody_change(search: str, name: str) -> None:
    """Another configuration of the ranker, which the app itself would put right."""
    definition = indexes(search)[name]
    definition["semantic"]["configurations"][0]["prioritizedFields"]["prioritizedKeywordsFields"] = []
    url = f"{search}/indexes('{name}')?api-version=2026-04-01"
    httpx.put(url, json=definition, headers={"api-key": KEY}, trust_env=False).raise_for_status()


def test_what_is_named_takes_the_place_of_stand_ins_with_keys_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_SEARCH_API_KEY", "key-of-search")
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-models")

    assert named_settings(options(configured=False)) == {}
    searching = named_settings(options(configured=False, search="https://x.search.windows.net"))
    assert searching["AZURE_SEARCH_API_KEY"] == "key-of-search"
    assert "OPENAI_BASE_URL" not in searching
    both = named_settings(
        options(configured=False, models="https://y/v1", embedding_model="text-embedding-3-large", dimensions="1024")
    )
    assert (both["OPENAI_API_KEY"], both["EMBEDDING_DIMENSIONS"]) == ("key-of-models", "1024")
    assert "AZURE_SEARCH_ENDPOINT" not in both


def test_a_service_that_lacks_a_setting_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", tmp_path / "none.json")

    with pytest.raises(SettingsError, match="EMBEDDING_MODEL and EMBEDDING_DIMENSIONS must be set"):
        named_settings(options(configured=False, models="https://y/v1"))
    with pytest.raises(SettingsError, match="AZURE_SEARCH_ENDPOINT and EMBEDDING_MODEL"):
        named_settings(options(configured=True))
    with pytest.raises(SettingsError, match="belong to --models"):
        named_settings(options(configured=False, embedding_model="m"))


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--library"], "--library needs --questions"),
        (["--tune", "--set", "samples"], "--tune goes with captions"),
        (["--set", "films"], "invalid choice"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(
    arguments: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        retrieval.parse(arguments)

    assert fault in capsys.readouterr().err


def test_a_corpus_that_cannot_be_read_ends_the_command_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["retrieval", "--data", str(tmp_path / "none.csv")])

    assert retrieval.main() == 2
    assert "none.csv: No such file" in capsys.readouterr().err


def test_what_models_took_is_not_written_where_there_is_no_storage(
    environment: Mapping[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async def count() -> None:
        async with opened(environment) as services:
            services.usage.add("a-model", TokenUsage(prompt=12), purpose="embedding", person="")

    asyncio.run(count())

    assert "could not write down" not in caplog.text
