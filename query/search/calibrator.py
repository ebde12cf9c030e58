"""Keeps the calibration of the library up to date, in the background: no search waits for it."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from query.search.calibration import Calibration, calibrate, read_calibration
from shared.access.sight import in_full_sight
from shared.errors import PhotoError
from shared.languages import ENGLISH
from shared.log_text import error_label
from shared.models import Models
from shared.search.index import PhotoIndex

log = logging.getLogger(__name__)

LOOK_AGAIN = 600.0  # seconds after which an instance looks whether the record still fits
LOOK_SOON = 60.0  # the same while there is none
GROWTH = 1.3  # times as many photos, or as few, from which on the library is measured again


class Records(Protocol):
    """Where the record is kept."""

    async def read(self) -> bytes | None: ...

    async def write(self, record: bytes) -> None: ...


class Calibrator:
    """The calibration of one library. `current` is at hand at once, and renewed behind the back of who asks for it."""

    def __init__(
        self,
        index: PhotoIndex,
        models: Models,
        records: Records,
        *,
        language: str = ENGLISH,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._models = models
        self._records = records
        self.language = language.partition("-")[0]
        self._clock = clock
        self._calibration: Calibration | None = None
        self._look_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    @property
    def current(self) -> Calibration | None:
        """What is known by now; None before the first record, and where the library is too small for one."""
        fits = self._calibration is not None and self._calibration.fits(self._models, self.language)
        if (self._clock() >= self._look_at or self._has_moved(fits)) and (self._task is None or self._task.done()):
            self._look_at = self._clock() + LOOK_SOON  # also after a failure
            self._task = asyncio.get_running_loop().create_task(self._look())
        return self._calibration if fits else None

    def _has_moved(self, fits: bool) -> bool:
        """Whether another model embeds the library since it was last measured, and nobody has looked since."""
        if self._calibration is None or fits:
            return False
        self._calibration = None
        return True

    @in_full_sight
    async def renew(self) -> None:
        """Read the record, and make it anew where it does not fit the library any more."""
        async with self._index.held():
            await self._renew()

    async def _renew(self) -> None:
        record = await self._records.read()
        calibration = read_calibration(record) if record else None
        photos = await self._index.count()
        if not (calibration and calibration.fits(self._models, self.language) and _is_near(calibration, photos)):
            calibration = await calibrate(self._index, self._models, self.language)
            if calibration:
                await self._records.write(calibration.model_dump_json().encode())
                log.info("measured what similarity means among %s photos", calibration.photos)
        self._calibration = calibration
        if calibration:
            self._look_at = self._clock() + LOOK_AGAIN

    async def _look(self) -> None:
        try:
            await self.renew()
        except PhotoError as error:
            log.warning("could not measure what similarity means here: %s", error_label(error))


def _is_near(calibration: Calibration, photos: int) -> bool:
    return calibration.photos / GROWTH <= photos <= calibration.photos * GROWTH
