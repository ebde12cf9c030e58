# mypy: ignore-errors
"""LangChain's Azure AI Search vector store, as its documentation shows it."""

import asyncio
import os
import uuid

from langchain_community.vectorstores.azuresearch import AzureSearch
from langchain_core.embeddings import DeterministicFakeEmbedding

store = AzureSearch(
    azure_search_endpoint=os.environ["AZURE_AI_SEARCH_ENDPOINT"],
    azure_search_key=os.environ["AZURE_AI_SEARCH_API_KEY"],
    index_name=f"langchain-{uuid.uuid4().hex[:8]}",
    embedding_function=DeterministicFakeEmbedding(size=16),
    semantic_configuration_name=None,
)
texts = ["the red bike on the beach", "an invoice from May", "a dog in the snow"]
ids = store.add_texts(texts, [{"page": number} for number in range(3)])
assert len(ids) == 3

for kind in ("similarity", "hybrid"):
    best = store.similarity_search(texts[0], k=2, search_type=kind)
    assert best[0].page_content == texts[0]
    assert best[0].metadata["page"] == 0

(found, score), *_ = store.vector_search_with_score(texts[1], k=1)
assert (found.page_content, round(score, 4)) == (texts[1], 1.0)
(found, score), *_ = store.hybrid_search_with_score(texts[2], k=1)
assert (found.page_content, round(score, 5)) == (texts[2], round(2 / 60, 5))
diverse = store.max_marginal_relevance_search_with_score(texts[0], k=2, fetch_k=3)
assert diverse[0][0].page_content == texts[0]
assert store.as_retriever(search_type="similarity").invoke(texts[2])[0].page_content == texts[2]


async def ask() -> str:
    found = await store.asimilarity_search(texts[2], k=1)
    return str(found[0].page_content)


assert asyncio.run(ask()) == texts[2]
store.delete([ids[0]])
assert {one.page_content for one in store.similarity_search("x", k=3)} == set(texts[1:])
