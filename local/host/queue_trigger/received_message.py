"""A message received from a queue, and the base64 encoding the real host uses."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime


class MessageDecodingError(Exception):
    """A message body that does not have the queue's encoding."""


@dataclass(frozen=True)
class ReceivedMessage:
    """`body` is the raw text as it is stored on the queue."""

    id: str
    body: str
    pop_receipt: str
    dequeue_count: int
    inserted_at: datetime | None = None
    expires_at: datetime | None = None
    visible_at: datetime | None = None

    def text(self, base64_encoded: bool) -> str:
        """The decoded body; raises MessageDecodingError."""
        if not base64_encoded:
            return self.body
        try:
            return base64.b64decode(self.body, validate=True).decode()
        except UnicodeDecodeError:
            raise MessageDecodingError(f"message {self.id} is base64, but not of UTF-8 text") from None
        except (binascii.Error, ValueError):
            raise MessageDecodingError(f"message {self.id} is not base64") from None


def encode_message(content: str | bytes, base64_encoded: bool) -> str:
    """The text to put on a queue."""
    raw = content.encode() if isinstance(content, str) else content
    return base64.b64encode(raw).decode() if base64_encoded else raw.decode()
