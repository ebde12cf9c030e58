"""Embeddings that mean something, in the forms the openai package asks for."""

import numpy as np
import openai
import pytest

from tests.local.models.server import EMBEDDING, Stand


def vectors(stand: Stand, *texts: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    reply = stand.client.embeddings.create(model=EMBEDDING, input=list(texts), dimensions=384)
    return np.array([entry.embedding for entry in reply.data])


def test_the_same_meaning_is_near_across_languages(stand: Stand) -> None:
    caption, german, other = vectors(stand, "A dog runs along the beach.", "ein Hund am Strand", "an invoice on a desk")

    assert caption.shape == (384,)
    assert np.linalg.norm(caption) == pytest.approx(1, abs=1e-3)
    assert caption @ german > caption @ other


def test_floats_and_base64_are_the_same_numbers(stand: Stand) -> None:
    packed = stand.client.embeddings.create(model=EMBEDDING, input="a cat").data[0].embedding
    floats = stand.client.embeddings.create(model=EMBEDDING, input="a cat", encoding_format="float")

    assert packed == pytest.approx(floats.data[0].embedding, abs=1e-6)
    assert floats.usage.prompt_tokens > 0


@pytest.mark.parametrize("wrong", [{"dimensions": 256}, {"input": ""}, {"input": []}, {"input": [[1, 2]]}])
def test_what_this_model_cannot_embed_is_refused(stand: Stand, wrong: dict[str, object]) -> None:
    answer = stand.http.post("/v1/embeddings", json={"model": EMBEDDING, "input": "a cat", **wrong})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"].startswith(next(iter(wrong)))


def test_a_chat_model_does_not_embed(stand: Stand) -> None:
    with pytest.raises(openai.NotFoundError):
        stand.client.embeddings.create(model="stand-in-chat", input="a cat")
