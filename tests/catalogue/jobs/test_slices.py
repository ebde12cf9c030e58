"""Jobs at work, on stores in memory: slices, giving way, trouble, workers that die, and undoing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from catalogue.jobs import slices
from catalogue.jobs.actions import PhotoAction
from catalogue.jobs.requests import JobRequest, cancel_job, make_job, undo_id, undo_job
from catalogue.jobs.slices import ATTEMPTS, JobRunner
from shared.access.caller import Caller, acting_for, current_caller
from shared.access.roles import Role
from shared.catalogue.in_force import EMPTY, definitions_version, put_in_force
from shared.errors import BadRequest, Conflict, InsufficientRights, NotFound, Outage, PhotoError
from shared.photo import photo_id
from shared.stores.jobs import Job, JobTurn, PhotoFault
from tests.catalogue.fakes import FakeJobQueue, FakeJobs
from tests.shared.catalogue.definitions import shop as definitions


class Killed(BaseException):
    """What ends a worker in the middle of everything."""


@dataclass
class Workshop:
    """A library of photos that have a tag or not, and jobs that tag them."""

    jobs: FakeJobs = field(default_factory=FakeJobs)
    queue: FakeJobQueue = field(default_factory=FakeJobQueue)
    tagged: list[str] = field(default_factory=list)
    fail: Callable[[str], Exception | BaseException | None] = lambda _: None
    uploads: bool = False
    moved: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    written: list[tuple[Caller, str, list[str], str]] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    runner: JobRunner = field(init=False)

    def __post_init__(self) -> None:
        action = PhotoAction("tag", Role.EDITOR, "edited", self.tag, self.untag, pause=0)
        once = PhotoAction("once", Role.ADMIN, "deleted", self.tag, pause=0)
        move = PhotoAction("move", Role.EDITOR, "moved", self.tag, pause=0, follows_moves=False)
        self.runner = JobRunner(
            cast(Any, self.jobs),
            cast(Any, self.queue),
            {"tag": action, "once": once, "move": move},
            self.uploads_wait,
            self.current_ids,
            self.write_down,
            self.know_definitions,
            self.clock,
        )

    async def current_ids(self, ids: Sequence[str]) -> list[str]:
        return [self.moved.get(each, each) for each in ids]

    async def write_down(self, action: str, photos: Sequence[str], job: str) -> None:
        self.written.append((current_caller(), action, list(photos), job))

    async def know_definitions(self, version: str) -> None:
        self.definitions.append(version)

    async def uploads_wait(self) -> bool:
        return self.uploads

    def clock(self) -> float:
        self.seconds += 1
        return self.seconds

    async def tag(self, id_: str, job: Job) -> bool:
        if error := self.fail(id_):
            raise error
        if id_ in self.tagged:
            return False
        self.tagged.append(id_)
        return True

    async def untag(self, id_: str, job: Job, by: str) -> bool:
        if id_ not in self.tagged:
            return False
        self.tagged.remove(id_)
        return True

    async def make(self, ids: list[str], action: str = "tag", **options: Any) -> Job:
        request = JobRequest.model_validate({"action": action, "ids": ids, **options})
        return await make_job(request, None, by="me", **self.parts)

    @property
    def parts(self) -> Any:
        return {"actions": self.runner.actions, "jobs": self.jobs, "queue": self.queue}

    async def undo(self, id_: str) -> Job:
        return await undo_job(id_, by="you", **self.parts)

    async def turns(self) -> None:
        """Take all turns, those that come up meanwhile as well."""
        while self.queue.sent:
            turn, _ = self.queue.sent.pop(0)
            await self.runner.take_turn(turn)


def some_ids(count: int) -> list[str]:
    return [photo_id(f"{number}.jpg") for number in range(count)]


async def test_a_job_goes_through_all_its_photos() -> None:
    shop, ids = Workshop(), some_ids(250)
    job = await shop.make([*ids, ids[0]], expected=250)

    await shop.turns()

    done = shop.jobs.records[job.id]
    assert (done.state, done.position, done.changed, done.unchanged, done.failed) == ("done", 250, 250, 0, 0)
    assert shop.tagged == ids
    assert done.finished_at


async def test_a_turn_knows_the_definitions_by_which_its_job_was_checked() -> None:
    shop = Workshop()
    put_in_force(definitions())
    version = definitions_version()
    await shop.make(some_ids(3))
    put_in_force(EMPTY)

    await shop.turns()

    assert shop.definitions == [version]
    assert version != definitions_version()


async def test_a_job_about_no_photo_is_done_at_once() -> None:
    shop = Workshop()

    async def nothing() -> Any:
        return
        yield

    request = JobRequest.model_validate({"action": "tag", "search": {"q": "x"}, "expected": 0})
    job = await make_job(request, nothing(), by="me", **shop.parts)
    await shop.turns()

    assert shop.jobs.records[job.id].state == "done"


async def test_another_number_of_photos_than_expected_is_a_conflict() -> None:
    shop = Workshop()

    with pytest.raises(Conflict, match="expected to have 3 photos, and now has 2"):
        await shop.make(some_ids(2), expected=3)

    assert not shop.jobs.records
    assert not shop.queue.sent


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action": "paint"}, "the actions are move, once, tag"),
        ({"patch": {}}, "the action tag has no parameter patch: it takes none"),
        ({"ids": ["nonsense"]}, "'nonsense' is not an id"),
    ],
)
async def test_what_is_wrong_with_a_request_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        await Workshop().make(**{"ids": some_ids(1), **changes})


async def test_too_many_photos_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogue.jobs.requests.MAX_PHOTOS", 2)

    with pytest.raises(BadRequest, match="a job takes at most"):
        await Workshop().make(some_ids(3))


async def test_errors_are_kept_by_photo_and_the_others_are_done() -> None:
    shop, ids = Workshop(), some_ids(3)
    shop.fail = lambda id_: NotFound("it is gone") if id_ == ids[1] else None
    job = await shop.make(ids)

    await shop.turns()

    done = shop.jobs.records[job.id]
    assert (done.state, done.changed, done.failed) == ("done", 2, 1)
    assert await shop.jobs.faults(job.id, skip=0, top=9) == [PhotoFault(ids[1], "it is gone")]


async def test_a_turn_ends_after_a_while_and_the_next_goes_on() -> None:
    shop = Workshop()
    shop.clock = lambda: 0.0  # type: ignore[method-assign]
    times = iter([0.0, 30.0, 30.0, 31.0])
    shop.runner = replace(shop.runner, clock=lambda: next(times))
    job = await shop.make(some_ids(250))

    await shop.runner.take_turn(shop.queue.sent.pop()[0])

    assert shop.jobs.records[job.id].position == 100
    assert shop.queue.sent == [(JobTurn(job.id), 0)]
    await shop.runner.take_turn(JobTurn(job.id))
    assert shop.jobs.records[job.id].state == "done"


async def test_a_job_gives_way_to_uploads_and_yet_goes_on() -> None:
    shop = Workshop(uploads=True)
    job = await shop.make(some_ids(100))

    await shop.runner.take_turn(shop.queue.sent.pop()[0])

    assert shop.jobs.records[job.id].position == slices.SMALL_SLICE
    assert shop.queue.sent == [(JobTurn(job.id), slices.GIVE_WAY)]
    await shop.turns()
    assert shop.jobs.records[job.id].changed == 100


async def test_a_service_that_is_down_puts_the_slice_off() -> None:
    shop, ids = Workshop(), some_ids(3)
    shop.fail = lambda id_: Outage("down") if id_ == ids[1] else None
    job = await shop.make(ids)

    await shop.runner.take_turn(shop.queue.sent.pop()[0])

    assert shop.queue.sent == [(JobTurn(job.id, 2), 5.0)]
    assert shop.jobs.records[job.id].position == 0
    shop.fail = lambda _: None
    await shop.turns()
    done = shop.jobs.records[job.id]
    assert (done.state, done.changed + done.unchanged, sorted(shop.tagged)) == ("done", 3, sorted(ids))


async def test_a_service_that_stays_down_fails_the_job() -> None:
    shop = Workshop(fail=lambda _: Outage("the index is down"))
    job = await shop.make(some_ids(1))

    await shop.turns()

    failed = shop.jobs.records[job.id]
    assert (failed.state, failed.error) == ("failed", f"gave up after {ATTEMPTS} attempts: the index is down")


@pytest.mark.parametrize("when", ["in the slice", "before the record", "after the record"])
async def test_a_worker_that_dies_leaves_no_photo_out_and_doubles_none(when: str) -> None:
    shop, ids = Workshop(), some_ids(250)
    updates = iter(range(1000))
    job = await shop.make(ids)

    def die_in_slice(id_: str) -> BaseException | None:
        return Killed() if when == "in the slice" and len(shop.tagged) == 150 else None

    def die_before_record() -> None:
        if next(updates) == {"before the record": 2, "after the record": 3}.get(when):
            raise Killed

    shop.fail, shop.jobs.before_update = die_in_slice, die_before_record
    with pytest.raises(Killed):
        await shop.turns()
    shop.fail = lambda _: None
    await shop.runner.take_turn(JobTurn(job.id))  # the queue delivers the message again

    done = shop.jobs.records[job.id]
    assert (done.state, done.position, done.changed + done.unchanged) == ("done", 250, 250)
    assert sorted(shop.tagged) == sorted(ids)


async def test_of_two_turns_at_once_one_goes_on() -> None:
    shop = Workshop()
    job = await shop.make(some_ids(250))
    taken: list[int] = []

    def rival() -> None:
        taken.append(0)
        if len(taken) == 2:  # another worker has done the slice just before
            shop.jobs.records[job.id] = replace(shop.jobs.records[job.id], position=100, changed=100)

    shop.jobs.before_update = rival
    await shop.runner.take_turn(JobTurn(job.id))

    assert shop.jobs.records[job.id].changed == 100


async def test_a_cancelled_job_stops_and_says_how_far_it_was() -> None:
    shop = Workshop()
    job = await shop.make(some_ids(250))
    updates = iter(range(1000))

    def cancel() -> None:
        if next(updates) == 1:
            shop.jobs.records[job.id] = replace(shop.jobs.records[job.id], state="cancelled")

    shop.jobs.before_update = cancel
    await shop.turns()

    cancelled = shop.jobs.records[job.id]
    assert (cancelled.state, cancelled.position, cancelled.changed) == ("cancelled", 100, 100)
    with pytest.raises(Conflict, match="it is cancelled"):
        await cancel_job(job.id, actions=shop.runner.actions, jobs=cast(Any, shop.jobs))


async def test_an_undo_takes_back_what_was_done_once() -> None:
    shop, ids = Workshop(), some_ids(150)
    job = await shop.make(ids)
    with pytest.raises(Conflict, match="cancel it first"):
        await shop.undo(job.id)
    await shop.turns()

    undo = await shop.undo(job.id)
    with pytest.raises(Conflict, match=f"undone by the job {undo.id}"):
        await shop.undo(job.id)
    await shop.turns()

    assert not shop.tagged
    assert shop.jobs.records[undo.id].changed == 150
    assert shop.jobs.records[job.id].undone_by == undo.id == undo_id(job.id)
    with pytest.raises(Conflict, match="an undo cannot be undone"):
        await shop.undo(undo.id)


async def test_an_undo_that_was_cancelled_can_begin_anew() -> None:
    shop = Workshop()
    job = await shop.make(some_ids(3))
    await shop.turns()
    undo = await shop.undo(job.id)
    await cancel_job(undo.id, actions=shop.runner.actions, jobs=cast(Any, shop.jobs))

    await shop.undo(job.id)
    await shop.turns()

    assert not shop.tagged


async def test_what_cannot_be_undone_says_so() -> None:
    shop = Workshop()
    job = await shop.make(some_ids(1), "once")
    await shop.turns()

    with pytest.raises(Conflict, match="the action once cannot be undone"):
        await shop.undo(job.id)


async def test_a_turn_of_a_job_that_is_gone_or_has_ended_does_nothing() -> None:
    shop = Workshop()
    job = await shop.make(some_ids(1))
    await shop.turns()

    await shop.runner.take_turn(JobTurn("0" * 32))
    await shop.runner.take_turn(JobTurn(job.id))

    assert not shop.queue.sent


async def test_an_action_of_another_release_fails_the_job() -> None:
    shop = Workshop()
    job = await shop.make(some_ids(1))
    shop.jobs.records[job.id] = replace(job, action="paint")

    await shop.turns()

    assert shop.jobs.records[job.id].error.startswith("this release of the app has no action paint")


Change = Callable[[str, Job], Awaitable[bool]]


async def test_a_photo_that_is_refused_for_a_moment_is_tried_again() -> None:
    tries: list[PhotoError] = [Outage("busy")]

    async def change(id_: str, job: Job) -> bool:
        if tries:
            raise tries.pop()
        return True

    result = await PhotoAction("tag", Role.EDITOR, "edited", change, pause=0).work(some_ids(1), cast(Any, None))

    assert (result.changed, result.faults) == (1, [])


async def test_a_job_follows_photos_that_were_moved_since() -> None:
    shop, ids = Workshop(), some_ids(2)
    job, moving = await shop.make(ids), await shop.make(ids, "move")
    shop.moved = {ids[0]: "new"}

    await shop.turns()

    assert shop.tagged == ["new", ids[1], ids[0]]
    assert {shop.jobs.records[each.id].changed for each in (job,)} == {2}
    assert shop.jobs.records[moving.id].unchanged == 1  # a move knows where it is going
    await shop.undo(job.id)
    await shop.turns()
    assert shop.tagged == [ids[0]]


ANN = Caller("Ann", Role.EDITOR, "id of Ann", frozenset({"friends", "family"}))


async def test_a_job_acts_for_its_maker_as_they_were_when_they_made_it() -> None:
    shop, ids = Workshop(), some_ids(120)
    with acting_for(ANN):
        job = await shop.make(ids)
    await shop.turns()
    with acting_for(Caller("Ben", Role.ADMIN, "id of Ben")):
        undo = await shop.undo(job.id)
    await shop.turns()

    assert {each[0] for each in shop.written[:2]} == {ANN}
    assert [each[1:] for each in shop.written[:2]] == [("edited", ids[:100], job.id), ("edited", ids[100:], job.id)]
    assert {(each[0].name, each[0].role, each[3]) for each in shop.written[2:]} == {("Ben", Role.ADMIN, undo.id)}
    assert "maker" not in job.record()


async def test_what_a_job_changed_is_written_down_and_nothing_else() -> None:
    shop, ids = Workshop(), some_ids(4)
    shop.tagged = [ids[1]]
    shop.fail = lambda id_: NotFound("gone") if id_ == ids[2] else None
    job = await shop.make(ids)

    await shop.turns()

    assert [each[1:] for each in shop.written] == [("edited", [ids[0], ids[3]], job.id)]


async def test_a_job_of_the_time_before_roles_was_made_by_somebody_who_might_do_everything() -> None:
    shop, ids = Workshop(), some_ids(1)
    job = await shop.make(ids)
    shop.jobs.records[job.id] = replace(job, maker=None)

    await shop.turns()

    assert shop.written[0][0] == Caller("me", Role.ADMIN)


@pytest.mark.parametrize("role", Role)
async def test_a_job_takes_the_role_of_what_it_does(role: Role) -> None:
    shop, ids = Workshop(), some_ids(1)
    for name, action in shop.runner.actions.items():
        job = await shop.make(ids, name)
        with acting_for(replace(ANN, role=role)):
            if role >= action.role:
                await shop.make(ids, name)
                await cancel_job(job.id, actions=shop.runner.actions, jobs=cast(Any, shop.jobs))
            else:
                with pytest.raises(InsufficientRights, match=f"needs the role {action.role}"):
                    await shop.make(ids, name)
                with pytest.raises(InsufficientRights):
                    await cancel_job(job.id, actions=shop.runner.actions, jobs=cast(Any, shop.jobs))
                with pytest.raises(InsufficientRights):
                    await shop.undo(job.id)
