"""
The signatures of links to pictures that the app itself serves (PICTURES=proxy), as an <img> can send no key.

One is for exactly one picture, in one container, until one time. Nothing about it is secret but how it is made.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

PictureSize = Literal["thumbnail", "thumbnail_640", "preview", "original", "large"]
LARGE_THUMBNAIL: PictureSize = "thumbnail_640"  # made when it is first asked for
LARGE_SIDE = 640  # pixels of its short side
PURPOSE = "a link to a picture, version 1"


@dataclass(frozen=True)
class PictureLink:
    """What is signed: the picture of a photo's id, which stands for its path, and the second it expires (Unix time)."""

    container: str
    size: PictureSize
    id: str
    expires: int

    def sign(self, secret: bytes) -> str:
        """The signature, in characters that a query takes as they are."""
        # No field can contain a line break, so no two links have one message.
        message = "\n".join((PURPOSE, self.container, self.size, self.id, str(self.expires)))
        return urlsafe_b64encode(hmac.digest(secret, message.encode(), sha256)).decode().rstrip("=")

    def is_signed_by(self, signature: str, secret: bytes) -> bool:
        """Whether the signature is this link's, in a time that tells nothing."""
        return hmac.compare_digest(self.sign(secret).encode(), signature.encode("utf-8", "surrogatepass"))
