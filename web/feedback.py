"""`POST /api/feedback`: whether an answer, or a photo among results, was what somebody looked for."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.access.caller import Caller
from shared.errors import BadRequest, Throttled
from shared.services import services
from shared.stores.feedback import FEEDBACK, Judged, Verdict, feedback_now
from shared.validation import parse_json, validate

MAX_PHOTOS = 50
MAX_A_MINUTE = 60  # verdicts by one key, in one instance
MAX_CALLERS = 1000
OFF = "feedback is off: set FEEDBACK to verdicts, or to questions to keep the question as well"

PhotoId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class FeedbackRequest(BaseModel):
    """
    A verdict on an answer, with the photos it cited, or on one photo that a search or an answer showed.

    The question is the words of the search or the last question of the chat. It is kept only with FEEDBACK=questions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Verdict
    about: Judged
    photos: list[PhotoId] = Field(default=[], max_length=MAX_PHOTOS)
    question: str = Field("", max_length=2000)

    @field_validator("question")
    @classmethod
    def _in_one_line(cls, question: str) -> str:
        return " ".join(question.split())

    @model_validator(mode="after")
    def _one_photo(self) -> "FeedbackRequest":
        if self.about == "photo" and len(self.photos) != 1:
            raise ValueError("feedback about a photo names exactly one in photos")
        return self


class RateLimit:
    """How often each caller may do something within a minute, as this process has seen."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, caller: str) -> None:
        """Count one more; Throttled if that is too often."""
        now, times = self._clock(), self._times.setdefault(caller, deque())
        self._times.move_to_end(caller)
        while times and now - times[0] >= 60:
            times.popleft()
        if len(times) >= self._most:
            raise Throttled(f"more than {self._most} verdicts within a minute: wait a little", wait=60 - now + times[0])
        times.append(now)
        if len(self._times) > MAX_CALLERS:
            self._times.popitem(last=False)


@cache
def rate_limit() -> RateLimit:
    """The limit of this process."""
    return RateLimit(MAX_A_MINUTE)


async def feedback(request: Request) -> Response:
    """Keep a verdict; the response is what was kept."""
    clients, caller = services(), request.state.caller
    if clients.settings.feedback == "off":
        raise BadRequest(OFF, code="feedback_off")
    body = validate(FeedbackRequest, parse_json(await request.body()))
    assert isinstance(caller, Caller)
    rate_limit().check(caller.identity)
    question = body.question if clients.settings.feedback == "questions" else ""
    record = feedback_now(body.verdict, body.about, tuple(dict.fromkeys(body.photos)), question)
    await clients.feedback.add(record)
    return JSONResponse(FEEDBACK.dump_python(record, mode="json"), HTTPStatus.CREATED)
