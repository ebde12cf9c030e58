"""Verdicts over HTTP: what is kept by the setting, and what is refused."""

from typing import Any

import httpx
import pytest

from shared.access.caller import Caller
from shared.access.roles import Role
from shared.errors import Throttled
from shared.photo import photo_id
from tests.web.fake_services import FakeServices
from web.feedback import MAX_A_MINUTE, MAX_PHOTOS, RateLimit

ONE, TWO = photo_id("1.jpg"), photo_id("2.jpg")
VERDICT = {"verdict": "up", "about": "answer", "photos": [ONE, TWO, ONE], "question": " Where is\nthe boat? "}


def set_feedback(services: FakeServices, value: str) -> None:
    services.settings = services.settings.model_copy(update={"feedback": value})


async def test_without_the_setting_nothing_is_kept_and_the_answer_says_what_to_set(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await http.post("/api/feedback", json=VERDICT)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "feedback_off")
    assert "FEEDBACK" in answer.json()["error"]["message"]
    assert services.feedback.records == []


@pytest.mark.parametrize(("setting", "question"), [("verdicts", ""), ("questions", "Where is the boat?")])
async def test_the_question_is_kept_only_where_the_setting_says_so(
    setting: str, question: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    set_feedback(services, setting)

    answer = await http.post("/api/feedback", json=VERDICT)

    [kept] = services.feedback.records
    assert (kept.verdict, kept.about, kept.photos, kept.question) == ("up", "answer", (ONE, TWO), question)
    assert answer.status_code == 201
    assert answer.json() == {**vars(kept), "photos": [ONE, TWO]}
    assert (await http.get("/api/me")).json()["feedback"] == setting


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"verdict": "sideways"}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"about": "page"}, "about"),
        ({"photos": ["1.jpg"]}, "photos.0"),
        ({"photos": [ONE.upper()]}, "photos.0"),
        ({"photos": f"{ONE}"}, "photos"),
        ({"photos": [photo_id(str(number)) for number in range(MAX_PHOTOS + 1)]}, "photos"),
        ({"question": "x" * 2001}, "question"),
        ({"question": 7}, "question"),
        ({"stars": 5}, "stars"),
        ({"about": "photo"}, None),
        ({"about": "photo", "photos": []}, None),
    ],
)
async def test_bad_feedback_names_the_field_at_fault(
    change: dict[str, Any], param: str | None, http: httpx.AsyncClient, services: FakeServices
) -> None:
    set_feedback(services, "questions")

    answer = await http.post("/api/feedback", json={**VERDICT, **change})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert services.feedback.records == []


async def test_a_key_that_gives_verdicts_without_end_is_asked_to_wait(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    set_feedback(services, "verdicts")
    for _ in range(MAX_A_MINUTE):
        assert (await http.post("/api/feedback", json=VERDICT)).status_code == 201

    answer = await http.post("/api/feedback", json=VERDICT)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert len(services.feedback.records) == MAX_A_MINUTE


def test_the_limit_is_each_callers_own_and_ends_with_the_minute() -> None:
    now = 0.0
    limit = RateLimit(2, clock=lambda: now)
    for caller in ("one", "one", "other"):
        limit.check(caller)

    with pytest.raises(Throttled) as error:
        limit.check("one")

    assert error.value.wait == 60
    limit.check("other")
    now = 60.0
    limit.check("one")


async def test_people_of_one_name_have_a_limit_each(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_feedback(services, "verdicts")
    monkeypatch.setattr("web.feedback.MAX_A_MINUTE", 1)
    callers = iter([Caller("Ann", Role.VIEWER, id_) for id_ in ("1", "2", "1")] + [Caller("Ann", Role.VIEWER)])

    async def authenticate(*_: Any) -> Caller:
        return next(callers)

    monkeypatch.setattr("web.entry.authenticate", authenticate)

    assert [(await http.post("/api/feedback", json=VERDICT)).status_code for _ in range(4)] == [201, 201, 429, 201]
