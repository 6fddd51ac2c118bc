"""A rotation and its way back: killed at every step, and stopped where a key cannot be attributed."""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from leastway.custody import FirstKeys, RotatedKeys
from leastway.errors import LeastwayError
from leastway.ports import MemorySteps, SessionKeys, UserKey, WaitingError
from leastway.ports.memory import Stopped
from leastway.ports.memory_keys import MemoryUserKeys
from leastway.primitives import Secret
from leastway.reconcile import Convergence, KeyRotation, NotConvergedError, Pace, RotationStep, duration_text
from tests.unit.reconcile.test_apply import QuickClock

ACCOUNT, USER = "111122223333", "humanitec"
PLACES = ("account/acme", "cluster/acme-prod")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass
class Desk:
    """A user with one key that is stored, and the parts of a rotation, which a later run creates again."""

    folder: Path
    clock: QuickClock = field(default_factory=QuickClock)
    confirmed: set[str] = field(default_factory=set)
    restored: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    in_use: list[str] = field(default_factory=list)
    steps: MemorySteps = field(default_factory=MemorySteps)
    back: MemorySteps = field(default_factory=MemorySteps)

    def __post_init__(self) -> None:
        self.keys = MemoryUserKeys(ACCOUNT, USER, FirstKeys(self.folder), self.clock)
        FirstKeys(self.folder).intend(ACCOUNT, USER, frozenset())
        self.old = self.keys.create()
        self.keys.custody = self.stored
        self.clock.sleep(100 * DAY.total_seconds())

    @property
    def stored(self) -> RotatedKeys:
        return RotatedKeys(FirstKeys(self.folder), ACCOUNT, USER)

    def rotation(self, confirmed: set[str] | None = None) -> KeyRotation:
        done = self.confirmed if confirmed is None else confirmed
        return KeyRotation(
            account=ACCOUNT,
            user=USER,
            keys=self.keys,
            stored=self.stored,
            check=self.check,
            unconfirmed=lambda: [place for place in PLACES if place not in done],
            in_use=self.in_use.append,
            clock=self.clock,
            convergence=Convergence(successes=3, interval=1, deadline=10),
            pace=Pace(HOUR, DAY),
        )

    def check(self, key: SessionKeys) -> str | None:
        """Use a key, as a real call does."""
        live = self.keys.keys.get(key.key_id)
        if live is None or not live.is_active or key.key_id in self.rejected:
            return "InvalidClientTokenId"
        assert key.secret == self.keys.secrets[key.key_id]
        self.keys.used(key.key_id)
        return None

    def rotate(self) -> Any:
        return self.rotation().rotate(self.steps)

    def roll_back(self) -> Any:
        results = self.steps.results
        told = {
            "old": results[RotationStep.LIST],
            "new": results.get(RotationStep.CREATE),
            "proved": results.get(RotationStep.PROVE),
        }
        return self.rotation(self.restored).roll_back(self.back, told)

    def waits(self, act: Callable[[], Any]) -> WaitingError:
        with pytest.raises(WaitingError) as caught:
            act()
        return caught.value

    def go_to(self, step: str) -> None:
        """Rotate until `step` is done, and no further."""
        for _ in range(9):
            self.steps = StopAfter(self.steps.results, step)
            try:
                self.rotate()
            except Stopped:
                return
            except WaitingError as waiting:
                if waiting.until is None:
                    self.confirmed.update(PLACES)
                else:
                    self.clock.sleep((waiting.until - self.clock.now()).total_seconds())
        raise AssertionError(f"{step} was not reached")

    def finish(self, act: Callable[[], Any]) -> Any:
        """Do what is asked, and wait as told, until the end; at each moment one of the two keys works."""
        for _ in range(9):
            try:
                return act()
            except WaitingError as waiting:
                assert any(key.is_active for key in self.keys.all())
                if waiting.until is None:
                    (self.restored if act == self.roll_back else self.confirmed).update(PLACES)
                else:
                    self.clock.sleep((waiting.until - self.clock.now()).total_seconds())
        raise AssertionError("it does not end")


class StopAfter(MemorySteps):
    """Steps of a process that is killed as soon as `step` is recorded."""

    def __init__(self, results: dict[str, Any], step: str) -> None:
        super().__init__(results)
        self.step = step

    def once(self, name: str, act: Callable[[], Any], /) -> Any:
        result = super().once(name, act)
        if name == self.step:
            raise Stopped
        return result


class StopWithin(MemorySteps):
    """Steps of a process that is killed when `step` is done, and before that is recorded."""

    def __init__(self, results: dict[str, Any], step: str) -> None:
        super().__init__(results)
        self.step = step

    def once(self, name: str, act: Callable[[], Any], /) -> Any:
        if name == self.step and name not in self.results:
            act()
            raise Stopped
        return super().once(name, act)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # no machine is switched off here, and a disk takes its time
    return Desk(tmp_path / "keys")


FORWARD = (
    RotationStep.LIST,
    RotationStep.INTEND,
    RotationStep.CREATE,
    RotationStep.PROVE,
    RotationStep.CONFIRM,
    RotationStep.SWITCH,
    RotationStep.DRAIN,
    RotationStep.DEACTIVATE,
    RotationStep.SOAK,
    RotationStep.DELETE,
)


def is_rotated(desk: Desk, new: str) -> None:
    assert [(key.id, key.is_active) for key in desk.keys.all()] == [(new, True)]
    assert desk.stored.files() == {desk.stored.current_path: new}
    assert desk.in_use[-1] == new
    assert desk.stored.intention(ACCOUNT, USER) is None


def is_as_before(desk: Desk) -> None:
    assert [(key.id, key.is_active) for key in desk.keys.all()] == [(desk.old, True)]
    assert desk.stored.files() == {desk.stored.current_path: desk.old}
    assert desk.in_use[-1] == desk.old
    assert desk.stored.intention(ACCOUNT, USER) is None


def test_a_rotation_waits_for_each_place_then_for_the_old_key_to_rest_and_then_soaks(desk: Desk) -> None:
    waiting = desk.waits(desk.rotate)
    (new,) = set(desk.keys.keys) - {desk.old}
    assert waiting.what == f"2 places not confirmed to have the new key {new}: account/acme, cluster/acme-prod"
    assert waiting.until is None
    desk.confirmed.add("account/acme")
    assert "1 place not confirmed" in desk.waits(desk.rotate).what
    desk.confirmed.add("cluster/acme-prod")
    waiting = desk.waits(desk.rotate)
    assert waiting.what == f"the old key {desk.old} must be unused for 1 hour"
    assert waiting.until == desk.clock.now() + HOUR
    assert desk.keys.keys[desk.old].is_active
    desk.clock.sleep(HOUR.total_seconds())
    waiting = desk.waits(desk.rotate)
    assert waiting.until == desk.clock.now() + DAY
    assert not desk.keys.keys[desk.old].is_active
    desk.clock.sleep(DAY.total_seconds() - 1)
    desk.waits(desk.rotate)
    desk.clock.sleep(1)
    assert desk.rotate() == {"old": desk.old, "new": new}
    is_rotated(desk, new)


@pytest.mark.parametrize("killed", [StopAfter, StopWithin])
@pytest.mark.parametrize("step", FORWARD)
def test_a_rotation_killed_at_any_step_ends_the_same(desk: Desk, step: str, killed: Any) -> None:
    desk.steps = killed(desk.steps.results, step)
    with pytest.raises(Stopped):
        desk.finish(desk.rotate)
    assert any(key.is_active for key in desk.keys.all())
    desk.steps = MemorySteps(desk.steps.results)
    new = desk.finish(desk.rotate)["new"]
    is_rotated(desk, new)


@pytest.mark.parametrize("step", FORWARD[:-1])
def test_a_rotation_can_be_rolled_back_after_any_step(desk: Desk, step: str) -> None:
    desk.go_to(step)
    assert desk.finish(desk.roll_back)["old"] == desk.old
    is_as_before(desk)
    assert bool(desk.restored) is (FORWARD.index(step) >= FORWARD.index(RotationStep.PROVE))


@pytest.mark.parametrize("killed", [StopAfter, StopWithin])
@pytest.mark.parametrize(
    "step",
    [
        RotationStep.FIND,
        RotationStep.ACTIVATE,
        RotationStep.PROVE_OLD,
        RotationStep.RESTORE,
        RotationStep.SWITCH_BACK,
        RotationStep.DRAIN_NEW,
        RotationStep.DELETE_NEW,
    ],
)
def test_a_way_back_killed_at_any_step_ends_the_same(desk: Desk, step: str, killed: Any) -> None:
    desk.go_to(RotationStep.DEACTIVATE)
    desk.back = killed(desk.back.results, step)
    with pytest.raises(Stopped):
        desk.finish(desk.roll_back)
    desk.back = MemorySteps(desk.back.results)
    desk.finish(desk.roll_back)
    is_as_before(desk)


def test_the_way_back_deletes_a_key_whose_creation_was_not_recorded(desk: Desk) -> None:
    desk.steps = StopWithin(desk.steps.results, RotationStep.CREATE)
    with pytest.raises(Stopped):
        desk.rotate()
    assert len(desk.keys.keys) == 2
    desk.finish(desk.roll_back)
    is_as_before(desk)


def test_the_way_back_deletes_the_orphan_of_a_crash_before_the_key_was_stored(desk: Desk) -> None:
    desk.go_to(RotationStep.INTEND)
    desk.keys.add()  # CreateAccessKey returned, and the process was killed
    desk.finish(desk.roll_back)
    is_as_before(desk)


def test_the_way_back_keeps_a_key_in_use_that_leastway_did_not_store(desk: Desk) -> None:
    desk.go_to(RotationStep.INTEND)
    desk.keys.used(desk.keys.add())
    with pytest.raises(LeastwayError, match="did not keep and which is in use"):
        desk.roll_back()
    assert len(desk.keys.keys) == 2


def test_the_way_back_waits_for_a_new_key_that_is_in_use(desk: Desk) -> None:
    desk.go_to(RotationStep.SWITCH)
    new = desk.steps.results[RotationStep.CREATE]
    desk.restored.update(PLACES)
    desk.clock.sleep(600)
    desk.keys.used(new)
    assert "the new key" in desk.waits(desk.roll_back).what
    assert new in desk.keys.keys
    desk.clock.sleep(HOUR.total_seconds())
    desk.roll_back()
    is_as_before(desk)


def test_it_is_too_late_to_go_back_once_the_old_key_is_deleted(desk: Desk) -> None:
    desk.go_to(RotationStep.SOAK)
    desk.keys.delete(desk.old)
    with pytest.raises(LeastwayError, match="too late to go back"):
        desk.roll_back()
    assert len(desk.keys.keys) == 1


def test_two_keys_of_which_one_is_unknown_stop_the_rotation(desk: Desk) -> None:
    other = desk.keys.add()
    desk.keys.used(other)
    with pytest.raises(LeastwayError) as caught:
        desk.rotate()
    assert caught.value.what == (
        f"humanitec has 2 access keys, and leastway cannot tell whose they are: {desk.old} (100 days old, never used, "
        f"stored here); {other} (0 days old, last used 2026-04-11 00:00 UTC)"
    )
    assert set(desk.keys.keys) == {desk.old, other}
    assert desk.steps.results == {}


def test_a_rotation_whose_record_was_lost_continues_from_the_stored_keys(desk: Desk) -> None:
    desk.go_to(RotationStep.PROVE)
    desk.steps = MemorySteps()
    new = desk.finish(desk.rotate)["new"]
    is_rotated(desk, new)


def test_a_new_key_that_is_the_only_one_left_is_rotated_once_the_record_was_lost(desk: Desk) -> None:
    desk.go_to(RotationStep.PROVE)
    (only,) = desk.keys.keys.keys() - {desk.old}
    desk.keys.delete(desk.old)
    desk.steps = MemorySteps()
    done = desk.finish(desk.rotate)
    assert done["old"] == only
    is_rotated(desk, done["new"])


@pytest.mark.parametrize("step", [RotationStep.INTEND, RotationStep.PROVE, RotationStep.SOAK])
@pytest.mark.parametrize("keys", [1, 2])
def test_what_is_left_of_keys_that_are_gone_does_not_matter(desk: Desk, step: str, keys: int) -> None:
    desk.go_to(step)
    desk.keys.keys.clear()
    later = [desk.keys.add() for _ in range(keys)]
    desk.steps = MemorySteps()
    if keys == 2:
        with pytest.raises(LeastwayError, match="has 2 access keys, and leastway cannot tell whose they are"):
            desk.rotate()
        desk.keys.delete(later.pop())
    done = desk.finish(desk.rotate)
    assert done["old"] == later[0]
    is_rotated(desk, done["new"])


def test_a_user_without_keys_has_nothing_to_rotate(desk: Desk) -> None:
    desk.keys.delete(desk.old)
    with pytest.raises(LeastwayError, match="has no access key"):
        desk.rotate()


def test_an_inactive_key_is_not_replaced(desk: Desk) -> None:
    desk.keys.activate(desk.old, active=False)
    with pytest.raises(LeastwayError, match="no key that works"):
        desk.rotate()
    assert set(desk.keys.keys) == {desk.old}


def test_nothing_is_handed_out_until_the_new_key_is_proved(desk: Desk) -> None:
    failures = iter(["not known yet", None, None, "not known yet", None, None, None])
    rotation = replace(desk.rotation(), check=lambda _: next(failures))
    with pytest.raises(WaitingError):
        rotation.rotate(desk.steps)
    assert next(failures, "all asked") == "all asked"


def test_a_new_key_that_never_works_is_an_error_and_the_old_one_stays(desk: Desk) -> None:
    desk.rejected.add(f"AKIA{ACCOUNT}0002")
    with pytest.raises(NotConvergedError, match="InvalidClientTokenId"):
        desk.rotate()
    assert desk.keys.keys[desk.old].is_active
    desk.finish(desk.roll_back)
    is_as_before(desk)


def test_a_use_of_the_old_key_begins_the_wait_again_and_is_told(desk: Desk) -> None:
    desk.go_to(RotationStep.SWITCH)
    desk.steps = MemorySteps(desk.steps.results)
    desk.clock.sleep(HOUR.total_seconds() - 60)
    desk.keys.used(desk.old)
    desk.clock.sleep(120)
    waiting = desk.waits(desk.rotate)
    assert "was used at 2026-04-11 00:59 UTC (sts, eu-central-1), so something still holds it" in waiting.what
    assert desk.keys.keys[desk.old].is_active
    desk.clock.sleep(HOUR.total_seconds())
    desk.waits(desk.rotate)
    assert not desk.keys.keys[desk.old].is_active


def test_a_person_may_make_the_old_key_inactive_at_once(desk: Desk) -> None:
    desk.go_to(RotationStep.SWITCH)
    desk.steps = MemorySteps(desk.steps.results)
    desk.keys.activate(desk.old, active=False)
    assert "stays inactive" in desk.waits(desk.rotate).what


@pytest.mark.parametrize("step", [RotationStep.SWITCH, RotationStep.SOAK])
@pytest.mark.parametrize("how", ["deleted", "inactive"])
def test_the_old_key_is_not_touched_when_the_new_one_does_not_work(desk: Desk, step: str, how: str) -> None:
    desk.go_to(step)
    desk.steps = MemorySteps(desk.steps.results)
    new = desk.steps.results[RotationStep.CREATE]
    if how == "deleted":
        desk.keys.delete(new)
    else:
        desk.keys.activate(new, active=False)
    before = desk.keys.keys[desk.old]
    desk.clock.sleep(2 * DAY.total_seconds())
    with pytest.raises(LeastwayError, match=f"the new key {new} is {how}, so the old one was not touched"):
        desk.rotate()
    assert desk.keys.keys[desk.old] == before


def test_an_old_key_that_was_activated_again_is_not_deleted(desk: Desk) -> None:
    desk.go_to(RotationStep.DEACTIVATE)
    desk.steps = MemorySteps(desk.steps.results)
    desk.keys.activate(desk.old, active=True)
    desk.clock.sleep(2 * DAY.total_seconds())
    with pytest.raises(LeastwayError, match="somebody has activated the old key"):
        desk.rotate()
    assert desk.keys.keys[desk.old].is_active


def test_a_key_file_that_was_handed_over_and_deleted_is_not_a_problem(desk: Desk) -> None:
    desk.stored.current_path.unlink()
    new = desk.finish(desk.rotate)["new"]
    is_rotated(desk, new)


def test_a_new_key_whose_file_was_lost_leads_back(desk: Desk) -> None:
    desk.go_to(RotationStep.CREATE)
    desk.steps = MemorySteps(desk.steps.results)
    desk.stored.new_path.unlink()
    with pytest.raises(LeastwayError, match="no longer stored here"):
        desk.rotate()
    desk.finish(desk.roll_back)
    is_as_before(desk)


def test_no_result_of_a_step_contains_a_secret(desk: Desk) -> None:
    desk.finish(desk.rotate)
    secrets: list[Secret] = list(desk.keys.secrets.values())
    assert secrets
    assert not any(secret.reveal() in repr(desk.steps.results) for secret in secrets)


@pytest.mark.parametrize(
    ("duration", "text"),
    [(7 * DAY, "7 days"), (HOUR, "1 hour"), (1.5 * HOUR, "90 minutes"), (dt.timedelta(), "0 seconds")],
)
def test_durations_are_told_in_the_largest_unit(duration: dt.timedelta, text: str) -> None:
    assert duration_text(duration) == text


def test_keys_are_listed_with_the_oldest_first(desk: Desk) -> None:
    new = desk.keys.add()
    assert [key.id for key in desk.keys.all()] == [desk.old, new]
    assert isinstance(desk.keys.all()[0], UserKey)
