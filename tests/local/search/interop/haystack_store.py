# mypy: ignore-errors
"""Haystack's document store and its three retrievers, as its documentation shows them."""

import uuid

from haystack import Document
from haystack_integrations.components.retrievers.azure_ai_search import (
    AzureAISearchBM25Retriever,
    AzureAISearchEmbeddingRetriever,
    AzureAISearchHybridRetriever,
)
from haystack_integrations.document_stores.azure_ai_search import AzureAISearchDocumentStore

store = AzureAISearchDocumentStore(
    index_name=f"haystack-{uuid.uuid4().hex[:8]}",
    embedding_dimension=3,
    metadata_fields={"page": int, "language": str},
)
documents = [
    Document(id="a", content="the red bike on the beach", embedding=[1, 0, 0], meta={"page": 1, "language": "en"}),
    Document(id="b", content="a dog in the snow", embedding=[0, 1, 0], meta={"page": 2, "language": "en"}),
    Document(id="c", content="ein Hund im Schnee", embedding=[0, 0.9, 0.1], meta={"page": 3, "language": "de"}),
]

assert store.write_documents(documents) == 3
assert store.count_documents() == 3
assert store.search_documents("dog")[0].id == "b"

comparison = {"field": "meta.page", "operator": ">", "value": 1}
language = {"field": "meta.language", "operator": "in", "value": ["en", "fr"]}
both = {"operator": "AND", "conditions": [comparison, language]}
assert {found.id for found in store.filter_documents(comparison)} == {"b", "c"}
assert [found.id for found in store.filter_documents(both)] == ["b"]

keywords = AzureAISearchBM25Retriever(document_store=store, top_k=2).run(query="red bike")["documents"]
assert keywords[0].id == "a"
near = AzureAISearchEmbeddingRetriever(document_store=store, top_k=2).run(query_embedding=[0, 1, 0])["documents"]
assert [found.id for found in near] == ["b", "c"]
hybrid = AzureAISearchHybridRetriever(document_store=store, top_k=2).run(query="dog", query_embedding=[0, 1, 0])
assert hybrid["documents"][0].id == "b"

store.delete_documents(["a", "b"])
assert [found.id for found in store.filter_documents()] == ["c"]
