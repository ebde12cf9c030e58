"""Whose an upload is: kept with the blob as metadata, so that what fails is shown to whoever has sent it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from shared.access.caller import Caller

OWNER, NAME = "uploaded_by", "uploaded_by_name"  # keys of a blob's metadata, whose values must be ASCII
MAX_NAME = 200  # characters; metadata has 8 KB, and one character can take twelve bytes


@dataclass(frozen=True)
class Uploader:
    """Who has uploaded something: `owner` as of a Caller, and the name; both empty where that is nobody's."""

    owner: str = ""
    name: str = ""

    @classmethod
    def of_caller(cls, caller: Caller) -> "Uploader":
        return cls(caller.owner, caller.name) if caller.owner else NOBODY

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, str]) -> "Uploader":
        return cls(unquote(metadata.get(OWNER, "")), unquote(metadata.get(NAME, "")))

    @property
    def metadata(self) -> dict[str, str]:
        """What is kept with the blob; nothing for nobody."""
        return {OWNER: quote(self.owner), NAME: quote(self.name[:MAX_NAME])} if self.owner else {}


NOBODY = Uploader()
