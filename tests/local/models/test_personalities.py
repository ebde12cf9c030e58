"""Every row of the table of families: the request it names gets the answer it names."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.models.personalities.catalog import BY_MODEL, PERSONALITIES
from tests.local.models.stand_in import CHAT, ModelStandIn
from tests.machine import ROOT

README = ROOT / "local" / "models" / "personalities" / "README.md"
ROW = re.compile(
    r"^\| `(?P<name>[^`]+)` \| (?P<api>\w+) \| `(?P<request>.+?)` \| (?P<answer>.+?) \| \[.+\]\((?P<source>.+)\) \|$"
)
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}


def rows() -> list[dict[str, str]]:
    lines = README.read_text(encoding="utf-8").splitlines()
    return [match.groupdict() for line in lines if (match := ROW.match(line))]


def tool(name: str, api: str) -> dict[str, Any]:
    function = {"name": name, "parameters": {"type": "object", "properties": {}}}
    return {"type": "function", **function} if api == "responses" else {"type": "function", "function": function}


def ask(stand_in: ModelStandIn, api: str, model: str = CHAT, **fields: Any) -> httpx.Response:
    question = {"input": "hello"} if api == "responses" else {"messages": [{"role": "user", "content": "hello"}]}
    if "tools" in fields:
        fields["tools"] = [tool(name, api) for name in fields["tools"]]
    return stand_in.http.post(PATHS[api], json={"model": model, **question, **fields})


def pairs(body: Any) -> Iterator[tuple[str, Any]]:
    """Every field in a body with its value, at any depth."""
    for key, value in body.items() if isinstance(body, dict) else enumerate(body if isinstance(body, list) else ()):
        yield str(key), value
        yield from pairs(value)


def is_in(body: Any, fragment: str) -> bool:
    """Whether a body has the value of a field, or words in any."""
    name, _, value = fragment.partition("=")
    if re.fullmatch(r"\w+", name) and "=" in fragment:
        found = [each for key, each in pairs(body) if key == name and not isinstance(each, dict | list)]
        as_text = [each if isinstance(each, str) else json.dumps(each) for each in found]
        return any(text == value or (value and text.startswith(value)) for text in as_text)
    return any(isinstance(each, str) and fragment in each for _, each in pairs(body))


def test_every_family_is_in_the_table() -> None:
    assert {row["name"] for row in rows()} == PERSONALITIES.keys() - {"stand-in"}
    table_lines = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(rows()) == len(table_lines)
    assert all(row["source"].startswith("https://") for row in rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['name']} {row['api']} {row['request'][:40]}")
def test_a_family_answers_as_the_table_says(row: dict[str, str], stand_in: ModelStandIn) -> None:
    stand_in.http.post("/__options", json={"as": row["name"]}).raise_for_status()

    answer = ask(stand_in, row["api"], **json.loads(row["request"]))

    status, *fragments = row["answer"].split(" · ")
    assert answer.status_code == int(status), answer.text
    for fragment in fragments:
        assert is_in(answer.json(), fragment), answer.text


@pytest.mark.parametrize("model", sorted(BY_MODEL.keys() - PERSONALITIES["stand-in"].models))
def test_a_model_is_answered_as_its_family_by_name_alone(model: str, stand_in: ModelStandIn) -> None:
    family = BY_MODEL[model]

    answer = ask(stand_in, "chat", model, tools=["search"])

    by_family = {"gpt-5-pro": 404, "azure-codex": 400, "gpt-5.6": 400, "gpt-6-astra": 400, "ollama-gemma3": 400}
    by_family |= {"vllm-no-parser": 400, "llama.cpp": 500}
    assert answer.status_code == by_family.get(family.name, 200), answer.text
    if answer.status_code == 200:
        assert answer.json()["model"] == model


def test_the_prompt_shield_speaks_first_in_a_stream_too(stand_in: ModelStandIn) -> None:
    stand_in.http.post("/__options", json={"as": "azure"})

    text = ask(stand_in, "chat", stream=True).text

    first, second = (json.loads(line.removeprefix("data: ")) for line in text.split("\n\n")[:2])
    assert (first["choices"], first["prompt_filter_results"][0]["prompt_index"]) == ([], 0)
    assert second["choices"][0]["delta"]["role"] == "assistant"


def test_an_unknown_family_is_refused(stand_in: ModelStandIn) -> None:
    answer = stand_in.http.post("/__options", json={"as": "gpt-9"})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "as")
