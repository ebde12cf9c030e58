"""The message that is queued for each new version of a blob, in the real host's format."""

import json
from dataclasses import dataclass
from typing import Self

FUNCTION_ID_PREFIX = "Host.Functions."


@dataclass(frozen=True)
class BlobTriggerMessage:
    """A version of a blob that a function has yet to process; `etag` includes its quotes."""

    function: str
    blob_type: str
    container: str
    blob: str
    etag: str

    def encode(self) -> str:
        """The JSON the real host writes, so that either can read the other's queue and poison queue."""
        content = {
            "Type": "BlobTrigger",
            "FunctionId": FUNCTION_ID_PREFIX + self.function,
            "BlobType": self.blob_type,
            "ContainerName": self.container,
            "BlobName": self.blob,
            "ETag": self.etag,
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises ValueError, KeyError, TypeError or AttributeError if the text is not such a message."""
        content = json.loads(text)
        function = content["FunctionId"].rsplit(".", 1)[-1]
        return cls(
            function,
            content.get("BlobType", "BlockBlob"),
            content["ContainerName"],
            content["BlobName"],
            quoted_etag(content["ETag"]),
        )


def quoted_etag(etag: str | None) -> str:
    """Listings return etags without the quotes that belong to them."""
    text = etag or ""
    return text if text.startswith('"') else f'"{text}"'
