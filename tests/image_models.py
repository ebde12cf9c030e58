"""A model in memory that embeds pictures, and texts unless it is told not to."""

from dataclasses import dataclass, field

from shared.errors import PhotoError


@dataclass
class FakeImageModel:
    """A picture's vector is its number of bytes, a text's its number of letters; the first of `errors` is raised."""

    recipe: str = "feed"
    name: str = "pictures"
    embeds_text: bool = True
    errors: list[PhotoError] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    async def embed_image(self, jpeg: bytes) -> list[float]:
        self.pictures.append(jpeg)
        self._fail()
        return [float(len(jpeg))]

    async def embed_text(self, text: str) -> list[float] | None:
        self.texts.append(text)
        self._fail()
        return [float(len(text))] if self.embeds_text else None

    async def check(self) -> None:
        self._fail()

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
