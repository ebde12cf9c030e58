"""
Whose an upload is: kept with the blob as metadata, so that what fails is shown to whoever has sent it.

Storage sends the metadata to whoever has a link to the file, so no name of a person is in it, nor an address: only an
id that says nothing to others. Who that is, the audit log says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from shared.access.caller import Caller

OWNER = "uploaded_by"  # key of a blob's metadata, whose values must be ASCII
OF_KEY = "key:"


@dataclass(frozen=True)
class Uploader:
    """Who has uploaded something: `owner` as of a Caller, and the name of a key; empty where that is nobody's."""

    owner: str = ""
    name: str = ""

    @classmethod
    def of_caller(cls, caller: Caller) -> "Uploader":
        return cls.of_owner(caller.owner)

    @classmethod
    def of_owner(cls, owner: str) -> "Uploader":
        return cls(owner, owner.removeprefix(OF_KEY) if owner.startswith(OF_KEY) else "")

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, str]) -> "Uploader":
        return cls.of_owner(unquote(metadata.get(OWNER, "")))

    @property
    def metadata(self) -> dict[str, str]:
        """What is kept with the blob; nothing for nobody."""
        return {OWNER: quote(self.owner)} if self.owner else {}


NOBODY = Uploader()
