"""Meaningful embeddings, in the formats that the openai package requests."""

import numpy as np
import openai
import pytest

from tests.local.models.stand_in import EMBEDDING, SMALL, ModelStandIn

MODELS = pytest.mark.parametrize(("model", "dimensions"), [(EMBEDDING, 384), (SMALL, 256)])


def embed(
    stand_in: ModelStandIn, *texts: str, model: str = EMBEDDING, dimensions: int = 384
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    reply = stand_in.client.embeddings.create(model=model, input=list(texts), dimensions=dimensions)
    return np.array([entry.embedding for entry in reply.data])


@MODELS
def test_the_same_meaning_is_near_across_languages(stand_in: ModelStandIn, model: str, dimensions: int) -> None:
    texts = ("A dog runs along the beach.", "ein Hund am Strand", "an invoice on a desk")

    caption, german, other = embed(stand_in, *texts, model=model, dimensions=dimensions)

    assert caption.shape == (dimensions,)
    assert np.linalg.norm(caption) == pytest.approx(1, abs=1e-3)
    assert caption @ german > caption @ other


def test_floats_and_base64_are_the_same_numbers(stand_in: ModelStandIn) -> None:
    packed = stand_in.client.embeddings.create(model=EMBEDDING, input="a cat").data[0].embedding
    floats = stand_in.client.embeddings.create(model=EMBEDDING, input="a cat", encoding_format="float")

    assert packed == pytest.approx(floats.data[0].embedding, abs=1e-6)
    assert floats.usage.prompt_tokens > 0


def test_the_small_model_orders_texts_much_as_the_other_does(stand_in: ModelStandIn) -> None:
    things = ("a dog", "a puppy on a leash", "an invoice", "a red bike", "a bridge at night", "two children", "a lake")
    large = embed(stand_in, *things)
    small = embed(stand_in, *things, model=SMALL, dimensions=256)

    above = np.triu_indices(len(things), 1)
    assert np.corrcoef((large @ large.T)[above], (small @ small.T)[above])[0, 1] > 0.7


@pytest.mark.parametrize("wrong", [{"dimensions": 256}, {"input": ""}, {"input": []}, {"input": [[1, 2]]}])
def test_what_this_model_cannot_embed_is_refused(stand_in: ModelStandIn, wrong: dict[str, object]) -> None:
    response = stand_in.http.post("/v1/embeddings", json={"model": EMBEDDING, "input": "a cat", **wrong})

    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith(next(iter(wrong)))


def test_a_chat_model_does_not_embed(stand_in: ModelStandIn) -> None:
    with pytest.raises(openai.NotFoundError):
        stand_in.client.embeddings.create(model="stand-in-chat", input="a cat")
