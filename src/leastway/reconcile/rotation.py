"""The rotation of a user's access key, and its way back, as durable steps (`leastway.ports.Steps`).

A new key replaces the old one without a moment in which no key works:
1. list the keys: stop if there are two and one is not from this rotation, because it cannot be attributed
2. record the intention to create a key
3. create the new key and store it, in one step: its secret is never the result of a step
4. prove the new key: several successes in a row
5. wait until a person has confirmed, for each place that holds the key, that it has the new one
6. switch the stored keys: the new one is in use, the old one is kept for the way back
7. drain: wait until the old key was not used for a while, whatever still held it
8. make the old key inactive
9. soak: wait, so that what was overlooked is noticed while the old key can still be activated
10. delete the old key

The way back, at any time before step 10 is done:
1. activate the old key
2. prove it, as far as its secret is stored here
3. wait until a person has confirmed that each place has the old key again, if the new one was handed out
4. switch the stored keys back
5. drain the new key
6. delete the new key

No step holds a process while it waits: it raises `WaitingError`, and a later run continues. Each step may run twice.
Source: IAM User Guide, "Update access keys".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from leastway.errors import LeastwayError
from leastway.ports import SessionKeys, StagedKeys, Steps, UserKey, UserKeys, WaitingError
from leastway.primitives import Clock
from leastway.reconcile.convergence import Convergence

__all__ = ["KeyRotation", "Pace", "RotationStep", "duration_text"]


class RotationStep:
    """The names under which the steps are recorded. They never change."""

    LIST = "list-keys"
    INTEND = "record-intention"
    CREATE = "create-and-store"
    PROVE = "prove-new-key"
    CONFIRM = "places-confirmed"
    SWITCH = "switch"
    DRAIN = "drain"
    DEACTIVATE = "deactivate-old-key"
    SOAK = "soak"
    DELETE = "delete-old-key"

    FIND = "find-new-key"
    ACTIVATE = "activate-old-key"
    PROVE_OLD = "prove-old-key"
    RESTORE = "places-restored"
    SWITCH_BACK = "switch-back"
    DRAIN_NEW = "drain-new-key"
    DELETE_NEW = "delete-new-key"


_JUST_PROVED = dt.timedelta(minutes=2)
"""A use of the new key that is this close to its proof is the proof: AWS reports the last use in whole minutes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the old key must be unused before it is made inactive, and how long it stays inactive."""

    drain: dt.timedelta = dt.timedelta(hours=1)
    soak: dt.timedelta = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotation:
    """The rotation of one user's key in one account.

    `check` makes real calls with a key, and returns what failed, or None. `unconfirmed` are the places that still have
    to be confirmed: that they have the new key, or the old one on the way back. `in_use` records which key is used.
    """

    account: str
    user: str
    keys: UserKeys
    stored: StagedKeys
    check: Callable[[SessionKeys], str | None]
    unconfirmed: Callable[[], Collection[str]]
    in_use: Callable[[str], None]
    clock: Clock
    convergence: Convergence
    pace: Pace

    def rotate(self, steps: Steps, _argument: Any = None) -> dict[str, str]:
        """Rotate the key. Return the ids of the old and the new one."""
        old: str = steps.once(RotationStep.LIST, self._the_old_key)
        steps.once(RotationStep.INTEND, lambda: self._intend(old))
        new: str = steps.once(RotationStep.CREATE, lambda: self._create(old))
        steps.once(RotationStep.PROVE, lambda: self._prove(new))
        steps.once(RotationStep.CONFIRM, lambda: self._confirm(new))
        switched: str = steps.once(RotationStep.SWITCH, lambda: self._switch(new))
        steps.once(RotationStep.DRAIN, lambda: self._drain(old, switched))
        inactive: str = steps.once(RotationStep.DEACTIVATE, lambda: self._deactivate(old, new))
        steps.once(RotationStep.SOAK, lambda: self._soak(old, inactive))
        steps.once(RotationStep.DELETE, lambda: self._delete(old, new))
        return {"old": old, "new": new}

    def roll_back(self, steps: Steps, argument: Any) -> dict[str, str | None]:
        """Go back to the old key. Return the ids of both; the new one is None if it was never created.

        `argument` has `old` and `new`, the ids, `new` None where the step that creates it did not finish, and `proved`,
        when the new key was proved, None if it was not: only then can it have been handed out.
        """
        old: str = argument["old"]
        proved: str | None = argument["proved"]
        new: str | None = steps.once(RotationStep.FIND, lambda: argument["new"] or self._kept_new())
        steps.once(RotationStep.ACTIVATE, lambda: self._activate(old))
        steps.once(RotationStep.PROVE_OLD, lambda: self._prove_old(old))
        if proved is not None:
            steps.once(RotationStep.RESTORE, lambda: self._restore(old))
        back: str = steps.once(RotationStep.SWITCH_BACK, lambda: self._switch_back(old, new))
        if proved is not None and new is not None:
            steps.once(RotationStep.DRAIN_NEW, lambda: self._drain_new(new, proved, back))
        steps.once(RotationStep.DELETE_NEW, lambda: self._delete_new(old, new))
        return {"old": old, "new": new}

    @property
    def _where(self) -> str:
        return f"{self.account}/user/{self.user}"

    def _live(self) -> dict[str, UserKey]:
        return {key.id: key for key in self.keys.all()}

    # 1. to 4.

    def _the_old_key(self) -> str:
        live = self._live()
        self._settle(live)
        if not live:
            raise LeastwayError(
                f"{self.user} has no access key, so there is nothing to rotate",
                where=self._where,
                fix="create its first key with `leastway apply`",
            )
        candidates = live.keys() - self._ours(live)
        if len(candidates) > 1:
            raise self._two_keys(live)
        (old,) = candidates or live.keys()
        if not live[old].is_active:
            raise LeastwayError(
                f"the key {old} of {self.user} is inactive, so the platform has no key that works",
                where=self._where,
                fix=f"activate it (aws iam update-access-key --user-name {self.user} --access-key-id {old} --status"
                " Active), or delete it and create another with `leastway apply`",
            )
        return old

    def _settle(self, live: Collection[str]) -> None:
        """End in the stored keys what is left of a rotation whose keys are gone.

        A new key that does not exist is forgotten, and so is an intention to replace one that does not exist; a new key
        that is the only one is the one in use.
        """
        new, known = self.stored.new(), self.stored.intention(self.account, self.user)
        if new is not None and set(live) == {new.key_id}:
            self.stored.switch(new.key_id)
        elif (new is not None and new.key_id not in live) or (new is None and known and known.isdisjoint(live)):
            self.stored.forget_new()

    def _ours(self, live: Collection[str]) -> set[str]:
        """Return the keys that an earlier run of this rotation created, of which only the files are left."""
        new = self.stored.new()
        known = self.stored.intention(self.account, self.user)
        ours = set(live) - known if known is not None and len(known) == 1 else set()
        return ours | ({new.key_id} if new is not None else set())

    def _two_keys(self, live: dict[str, UserKey]) -> LeastwayError:
        current = self.stored.current()
        stored = current.key_id if current is not None else ""
        told = [_told(key, self.clock.now(), is_stored=key.id == stored) for key in live.values()]
        return LeastwayError(
            f"{self.user} has {len(live)} access keys, and leastway cannot tell whose they are: {'; '.join(told)}",
            where=self._where,
            fix="find out who uses each of them, delete the one that nobody needs (aws iam delete-access-key), then run"
            " the same command again; nothing was changed",
        )

    def _intend(self, old: str) -> None:
        if self.stored.new() is None and self.stored.intention(self.account, self.user) is None:
            self.stored.intend(self.account, self.user, frozenset({old}))

    def _create(self, old: str) -> str:
        kept = self.stored.new()
        if kept is None:
            return self.keys.create()
        if kept.key_id == old or kept.key_id not in self._live():
            raise LeastwayError(
                f"the new key {kept.key_id} that is stored here no longer exists",
                where=self._where,
                fix="go back with --rollback, then rotate again",
            )
        return kept.key_id

    def _prove(self, new: str) -> str:
        key = self.stored.new()
        if key is None or key.key_id != new:
            raise LeastwayError(
                f"the secret of the new key {new} is no longer stored here",
                where=self._where,
                fix="go back with --rollback, then rotate again",
            )
        self.convergence.wait(self.clock, lambda: self.check(key))
        return self._now()

    # 5. to 10.

    def _confirm(self, new: str) -> str:
        if missing := self.unconfirmed():
            count = f"{len(missing)} place{'' if len(missing) == 1 else 's'}"
            raise WaitingError(
                f"{count} not confirmed to have the new key {new}: {', '.join(missing)}", where=self._where
            )
        return self._now()

    def _switch(self, new: str) -> str:
        self.stored.switch(new)
        self.in_use(new)
        return self._now()

    def _drain(self, old: str, switched: str) -> None:
        key = self._live().get(old)
        if key is None or not key.is_active:
            return  # a person was faster
        self._wait_until_unused(key, dt.datetime.fromisoformat(switched), "the old key")

    def _wait_until_unused(self, key: UserKey, since: dt.datetime, which: str) -> None:
        """Wait until the key was not used for `drain` after `since`, when nothing should hold it any longer."""
        begin = since
        rest = f"must be unused for {duration_text(self.pace.drain)}"
        what = f"{which} {key.id} {rest}"
        if key.last_used is not None and key.last_used > since:
            begin = key.last_used
            by = f" ({key.service}, {key.region})" if key.service else ""
            used = f"{which} {key.id} was used at {_minute(key.last_used)}{by}"
            what = f"{used}, so something still holds it; it {rest}"
        if self.clock.now() < begin + self.pace.drain:
            raise WaitingError(what, where=self._where, until=begin + self.pace.drain)

    def _deactivate(self, old: str, new: str) -> str:
        if old in self._with_a_working(new):
            self.keys.activate(old, active=False)
        return self._now()

    def _soak(self, old: str, inactive: str) -> None:
        key = self._live().get(old)
        if key is not None and key.is_active:
            raise LeastwayError(
                f"somebody has activated the old key {old} again",
                where=self._where,
                fix="go back with --rollback; or find what uses it, make it inactive again (aws iam update-access-key),"
                " then run the same command again",
            )
        until = dt.datetime.fromisoformat(inactive) + self.pace.soak
        if key is not None and self.clock.now() < until:
            raise WaitingError(
                f"the old key {old} stays inactive for {duration_text(self.pace.soak)} before it is deleted",
                where=self._where,
                until=until,
            )

    def _delete(self, old: str, new: str) -> None:
        if old in self._with_a_working(new):
            self.keys.delete(old)
        self.stored.forget_old()

    def _with_a_working(self, new: str) -> dict[str, UserKey]:
        """Return the live keys. LeastwayError unless `new` is one of them and active."""
        live = self._live()
        if new not in live or not live[new].is_active:
            raise LeastwayError(
                f"the new key {new} is {'inactive' if new in live else 'deleted'}, so the old one was not touched",
                where=self._where,
                fix="go back with --rollback, or activate the new key, then run the same command again",
            )
        return live

    # the way back

    def _kept_new(self) -> str | None:
        kept = self.stored.new()
        return kept.key_id if kept is not None else None

    def check_way_back(self, old: str) -> UserKey:
        """Return the key to go back to. Errors: LeastwayError if it is deleted."""
        key = self._live().get(old)
        if key is None:
            raise LeastwayError(
                f"the old key {old} is deleted, so it is too late to go back",
                where=self._where,
                fix="finish the rotation (run without --rollback), then rotate again for another key",
            )
        return key

    def _activate(self, old: str) -> None:
        if not self.check_way_back(old).is_active:
            self.keys.activate(old, active=True)

    def _prove_old(self, old: str) -> None:
        kept = next((key for key in (self.stored.old(), self.stored.current()) if key and key.key_id == old), None)

        def failure() -> str | None:
            if kept is not None:
                return self.check(kept)
            key = self._live().get(old)
            return None if key is not None and key.is_active else f"{old} is not active"

        self.convergence.wait(self.clock, failure)

    def _restore(self, old: str) -> None:
        if missing := self.unconfirmed():
            count = f"{len(missing)} place{'' if len(missing) == 1 else 's'}"
            raise WaitingError(
                f"{count} not confirmed to have the old key {old}: {', '.join(missing)}", where=self._where
            )

    def _switch_back(self, old: str, new: str | None) -> str:
        if new is not None:
            self.stored.switch_back(new)
        self.in_use(old)
        return self._now()

    def _drain_new(self, new: str, proved: str, back: str) -> None:
        key = self._live().get(new)
        if key is None or not key.is_active or key.last_used is None:
            return
        if key.last_used > dt.datetime.fromisoformat(proved) + _JUST_PROVED:
            self._wait_until_unused(key, dt.datetime.fromisoformat(back), "the new key")

    def _delete_new(self, old: str, new: str | None) -> None:
        live = self._live()
        if old not in live or not live[old].is_active:
            raise LeastwayError(
                f"the old key {old} is {'inactive' if old in live else 'deleted'}, so the new one was not deleted",
                where=self._where,
                fix="activate the old key, then run the same command again",
            )
        known = self.stored.intention(self.account, self.user)
        lost = live.keys() - known if known is not None else frozenset()
        for key in sorted({new} if new is not None else lost):
            if new is None and live[key].last_used is not None:
                raise LeastwayError(
                    f"{self.user} has the key {key}, which leastway did not keep and which is in use",
                    where=self._where,
                    fix="find out who uses it, delete it, then run the same command again",
                )
            self.keys.delete(key)
        self.stored.forget_new()

    def _now(self) -> str:
        return self.clock.now().isoformat()


def duration_text(duration: dt.timedelta) -> str:
    """Return a duration in words, in the largest unit that divides it: 7 days, 1 hour, 90 minutes."""
    seconds = int(duration.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _told(key: UserKey, now: dt.datetime, *, is_stored: bool) -> str:
    used = f"last used {_minute(key.last_used)}" if key.last_used else "never used"
    state = ("" if key.is_active else ", inactive") + (", stored here" if is_stored else "")
    return f"{key.id} ({(now - key.created).days} days old, {used}{state})"


def _minute(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
