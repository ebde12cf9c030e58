# mypy: ignore-errors
"""LlamaIndex's vector store and an index on it, as its documentation shows them."""

import os
import uuid

from azure.core.credentials import AzureKeyCredential
from azure.search.documents.indexes import SearchIndexClient
from llama_index.core import MockEmbedding, Settings, VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import (
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)
from llama_index.vector_stores.azureaisearch import (
    AzureAISearchVectorStore,
    IndexManagement,
    MetadataIndexFieldType,
)

client = SearchIndexClient(
    os.environ["AZURE_AI_SEARCH_ENDPOINT"], AzureKeyCredential(os.environ["AZURE_AI_SEARCH_API_KEY"])
)
store = AzureAISearchVectorStore(
    search_or_index_client=client,
    filterable_metadata_field_keys={
        "author": "author",
        "theme": ("topic", MetadataIndexFieldType.STRING),
        "year": ("year", MetadataIndexFieldType.INT64),
    },
    index_name=f"llamaindex-{uuid.uuid4().hex[:8]}",
    index_management=IndexManagement.CREATE_IF_NOT_EXISTS,
    id_field_key="id",
    chunk_field_key="chunk",
    embedding_field_key="embedding",
    embedding_dimensionality=3,
    metadata_string_field_key="metadata",
    doc_id_field_key="doc_id",
    language_analyzer="en.lucene",
    vector_algorithm_type="exhaustiveKnn",
)
BOOKS = [
    ("The Shawshank Redemption", "Stephen King", "Friendship", 1994, [1.0, 0.0, 0.0]),
    ("The Godfather", "Mario Puzo", "Mafia", 1972, [0.0, 1.0, 0.0]),
    ("Inception", "Christopher Nolan", "Fiction", 2010, [0.0, 0.7, 0.7]),
]
nodes = [
    TextNode(
        id_=str(uuid.uuid4()),
        text=title,
        metadata={"author": author, "theme": theme, "year": year},
        embedding=vector,
    )
    for title, author, theme, year, vector in BOOKS
]
assert len(store.add(nodes)) == 3


def ask(mode: VectorStoreQueryMode, **parts: object) -> list[str]:
    query = VectorStoreQuery(
        query_embedding=[0.0, 1.0, 0.0], query_str="the godfather", similarity_top_k=2, mode=mode, **parts
    )
    return [node.text for node in store.query(query).nodes]


assert ask(VectorStoreQueryMode.DEFAULT) == ["The Godfather", "Inception"]
for mode in (
    VectorStoreQueryMode.SPARSE,
    VectorStoreQueryMode.HYBRID,
    VectorStoreQueryMode.SEMANTIC_HYBRID,
):
    assert ask(mode, hybrid_top_k=2)[0] == "The Godfather"

recent = MetadataFilters(filters=[MetadataFilter(key="year", value=1990, operator=FilterOperator.GT)])
assert ask(VectorStoreQueryMode.DEFAULT, filters=recent) == ["Inception", "The Shawshank Redemption"]
mafia = MetadataFilters(filters=[MetadataFilter(key="theme", value="Mafia")])
assert [node.text for node in store.get_nodes(filters=mafia)] == ["The Godfather"]

store.delete_nodes([nodes[0].node_id])
Settings.embed_model = MockEmbedding(3)
retriever = VectorStoreIndex.from_vector_store(store).as_retriever()
assert {node.text for node in retriever.retrieve("x")} == {"The Godfather", "Inception"}
