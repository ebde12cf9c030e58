"""
How photos are captioned and indexed in most samples, to compare with: each as such code is written, with its defaults.

All of them send the photo as it is, with the SDKs' own retries (two, after what Retry-After says), embed the caption
and upload one document. A photo whose calls fail at last is passed over, as a script prints it and goes on.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError
from azure.search.documents import SearchClient
from azure.search.documents.indexes import SearchIndexClient
from azure.search.documents.indexes.models import SearchIndex
from azure.storage.blob import ContainerClient
from openai import AsyncOpenAI, OpenAI, OpenAIError

INDEX = "plain"
THREADS = 16
PARALLEL = 16  # maxDegreeOfParallelism of blob triggers: 8 for each of two cores
ATTEMPTS = 5  # poisonBlobThreshold; the host runs a blob again at once
PROMPT = "Describe this photo as JSON with title, alt_text, caption and tags."
FIELDS = [
    {"name": "id", "type": "Edm.String", "key": True},
    {"name": "caption", "type": "Edm.String", "searchable": True},
    {
        "name": "vector", "type": "Collection(Edm.Single)", "searchable": True, "dimensions": 384,
        "vectorSearchProfile": "p",
    },
]  # fmt: skip
VECTOR_SEARCH = {"algorithms": [{"name": "a", "kind": "hnsw"}], "profiles": [{"name": "p", "algorithm": "a"}]}


class PlainWay:
    """The clients, and the steps for one photo."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._model = environment["CAPTION_MODEL"]
        self._embedding = environment["EMBEDDING_MODEL"]
        self._address, self._key = environment["OPENAI_BASE_URL"], environment["OPENAI_API_KEY"]
        self._photos = ContainerClient.from_connection_string(environment["AzureWebJobsStorage"], "photos")
        service = environment["AZURE_SEARCH_ENDPOINT"], AzureKeyCredential(environment["AZURE_SEARCH_API_KEY"])
        self._indexes = SearchIndexClient(*service)
        self._indexes.create_or_update_index(
            SearchIndex({"name": INDEX, "fields": FIELDS, "vectorSearch": VECTOR_SEARCH})
        )
        self._index = SearchClient(service[0], INDEX, service[1])

    def indexed(self) -> int:
        return self._index.get_document_count()

    def forget(self) -> None:
        """Delete the index."""
        self._indexes.delete_index(INDEX)

    def one_loop(self, names: Sequence[str]) -> None:
        """A script: one photo after the other."""
        models = OpenAI(base_url=self._address, api_key=self._key)
        for name in names:
            with suppress(OpenAIError, AzureError):
                self._ingest(name, models)

    def thread_pool(self, names: Sequence[str]) -> None:
        """The same script with a pool of threads."""
        models = OpenAI(base_url=self._address, api_key=self._key)

        def ingest(name: str) -> None:
            with suppress(OpenAIError, AzureError):
                self._ingest(name, models)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(ingest, names))

    def blob_function(self, names: Sequence[str]) -> None:
        """A blob-trigger function without retries of its own: the host runs what fails again, and gives up."""
        asyncio.run(self._run_as_host(names))

    async def _run_as_host(self, names: Sequence[str]) -> None:
        places, models = asyncio.Semaphore(PARALLEL), AsyncOpenAI(base_url=self._address, api_key=self._key)

        async def run(name: str) -> None:
            for _ in range(ATTEMPTS):
                async with places:
                    try:
                        await self._ingest_async(name, models)
                    except (OpenAIError, AzureError):
                        continue
                return

        await asyncio.gather(*map(run, names))

    def _ingest(self, name: str, models: OpenAI) -> None:
        answer = models.chat.completions.create(model=self._model, messages=self._messages(self._read(name)))
        caption = json.loads(answer.choices[0].message.content or "{}")["caption"]
        vector = models.embeddings.create(model=self._embedding, input=caption).data[0].embedding
        self._write(name, caption, vector)

    async def _ingest_async(self, name: str, models: AsyncOpenAI) -> None:
        data = await asyncio.to_thread(self._read, name)
        answer = await models.chat.completions.create(model=self._model, messages=self._messages(data))
        caption = json.loads(answer.choices[0].message.content or "{}")["caption"]
        vector = (await models.embeddings.create(model=self._embedding, input=caption)).data[0].embedding
        await asyncio.to_thread(self._write, name, caption, vector)

    def _read(self, name: str) -> bytes:
        return self._photos.download_blob(name).readall()

    def _messages(self, data: bytes) -> Any:
        url = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
        content = [{"type": "text", "text": PROMPT}, {"type": "image_url", "image_url": {"url": url, "detail": "high"}}]
        return [{"role": "user", "content": content}]

    def _write(self, name: str, caption: str, vector: Sequence[float]) -> None:
        id_ = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
        self._index.upload_documents([{"id": id_, "caption": caption, "vector": list(vector)}])


WAYS: Mapping[str, Callable[[PlainWay, Sequence[str]], None]] = {
    "one loop": PlainWay.one_loop,
    "thread pool": PlainWay.thread_pool,
    "blob function": PlainWay.blob_function,
}
