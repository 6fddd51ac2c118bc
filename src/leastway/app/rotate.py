"""Rotate the keys of the platform's users, one durable workflow for each account.

The steps are those of `reconcile.rotation`. Their results are recorded in a file for each grant in the state folder
(`jobs`), which one process at a time may use. A confirmation of a place is a workflow of its own, so that places can be
confirmed in any order and in several runs.

Ids of workflows: `rotate:ACCOUNT:NUMBER`, `rollback:ACCOUNT:NUMBER`, and for confirmations of the new key and of the
old one `confirm:ACCOUNT:NUMBER:PLACE` and `restore:ACCOUNT:NUMBER:PLACE`.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import expected_ids
from leastway.app.progress import Progress, Silent
from leastway.aws import Guests
from leastway.compiler import KeyPlace, key_places
from leastway.custody import RotatedKeys
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import AccessKey, Address, Observed, Place, Realm, RevokedMark, User, revocation_of
from leastway.grant import Account, Identity
from leastway.humanitec import HumanitecApi
from leastway.jobs import Engine, Workflow, open_file
from leastway.ports import FailedCall, SessionKeys, UserKey, UserKeys, WaitingError
from leastway.reconcile import KeyRotation, Pace, RotationStep, creation_records, when

__all__ = ["Rotation", "RotationState", "Rotations", "open_rotations"]


class RotationState(enum.Enum):
    """The state of an account's rotation."""

    NOT_STARTED = "not started"
    ROTATING = "rotating"
    ROLLING_BACK = "rolling back"
    ROTATED = "rotated"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Rotation:
    """The rotation of one account's key, as far as it got.

    `places` are the places that hold the key, with whether each was confirmed; they are empty while nothing has to be
    confirmed. `problem` is why it does not go on, a `WaitingError` where nothing is wrong. `path` is the file of the
    key that the places must have, `keys` are the user's keys where no rotation has begun.
    """

    account: str
    user: str
    number: int
    state: RotationState
    old: str | None = None
    new: str | None = None
    steps: tuple[str, ...] = ()
    places: Mapping[KeyPlace, bool] = field(default_factory=dict)
    path: Path | None = None
    keys: tuple[UserKey, ...] = ()
    problem: LeastwayError | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has begun and is not over."""
        return self.state in (RotationState.ROTATING, RotationState.ROLLING_BACK)

    @property
    def wanted(self) -> str | None:
        """The id of the key that the places must have."""
        return self.old if self.state in (RotationState.ROLLING_BACK, RotationState.ROLLED_BACK) else self.new

    @property
    def unconfirmed(self) -> tuple[KeyPlace, ...]:
        """The places that were not confirmed yet."""
        return tuple(place for place, is_confirmed in self.places.items() if not is_confirmed)

    @property
    def until(self) -> dt.datetime | None:
        """When the next step is due, if it waits for a time."""
        return self.problem.until if isinstance(self.problem, WaitingError) else None


@contextmanager
def open_rotations(
    open_grant: OpenGrant, *, pace: Pace | None = None, progress: Progress | None = None
) -> Iterator[Rotations]:
    """Open the rotations of the grant.

    Errors: InvalidInputError if the grant has no users; LeastwayError if another process works on the grant's
    rotations, or if DBOS is not installed.
    """
    grant = open_grant.grant
    if grant.identity is not Identity.IAM_USER:
        raise InvalidInputError(
            "the platform uses a role, so there is no key to rotate",
            where=grant.name,
            fix="only grants with `identity: iam-user` have keys",
        )
    rotations = Rotations(open_grant, pace or Pace(), progress or Silent())
    with open_file(open_grant.settings.state / "rotations" / f"{grant.name}.db", rotations.workflows) as engine:
        rotations.engine = engine
        yield rotations


class Rotations:
    """The rotations of a grant. Made by `open_rotations`."""

    engine: Engine

    def __init__(self, open_grant: OpenGrant, pace: Pace, progress: Progress) -> None:
        self._open_grant = open_grant
        self._pace = pace
        self._progress = progress
        self._user = open_grant.grant.platform.user_name
        self._accounts: dict[str, Account] = {str(one.id): one for one in open_grant.grant.accounts}
        self._guests = Guests()
        ids = expected_ids(open_grant.grant, open_grant.store)
        self._places = {str(one.id): key_places(open_grant.grant, one, ids) for one in self._accounts.values()}

    @property
    def workflows(self) -> tuple[Workflow, ...]:
        """The workflows for the engine."""
        return (
            Workflow("rotate", lambda steps, told: self._rotation_of(told, "confirm").rotate(steps)),
            Workflow("roll-back", lambda steps, told: self._rotation_of(told, "restore").roll_back(steps, told)),
            Workflow("confirm", lambda steps, _: steps.once("confirmed", lambda: self._now().isoformat())),
        )

    def look(self) -> tuple[Rotation, ...]:
        """Return every account's rotation. Reads the keys where none has begun; changes nothing."""
        return self._each("reading the keys", list(self._accounts), self._look)

    def go_on(self, accounts: Collection[str]) -> tuple[Rotation, ...]:
        """Start or continue the rotations of `accounts` as far as they go, and return them."""
        return self._each("rotating the keys", accounts, self._go_on)

    def roll_back(self, accounts: Collection[str]) -> tuple[Rotation, ...]:
        """Go back to the old key as far as it goes. Errors of an account are the `problem` of its rotation."""
        return self._each("going back to the old keys", accounts, self._roll_back)

    def confirm(self, account: str, place: str) -> None:
        """Record that a place has the key that it must have."""
        found = self._look(account)
        if place not in [one.name for one in found.places]:
            raise InvalidInputError(
                f"{place} does not wait for a confirmation",
                where=account,
                fix="confirm a place when `leastway rotate` lists it, and the key was put there",
            )
        self.engine.run("confirm", f"{_word(found.state)}:{account}:{found.number}:{place}")

    def give_keys(self, platform: HumanitecApi, rotations: Iterable[Rotation]) -> tuple[list[str], list[LeastwayError]]:
        """Give cloud accounts that wait for a key that key, and confirm them.

        Return the accounts of which one was updated, and what failed.
        """
        updated: list[str] = []
        failed: list[LeastwayError] = []
        for one in rotations:
            stored = RotatedKeys(self._open_grant.keys, one.account, self._user)
            key = next((key for key in stored.all() if key.key_id == one.wanted), None)
            accounts = [place.name for place in one.unconfirmed if place.name.startswith("account/")]
            for place in accounts:
                if key is None:
                    continue  # its file was deleted: a person must take it from where it is kept
                try:
                    platform.give_key(place.removeprefix("account/"), key)
                    self.confirm(one.account, place)
                except LeastwayError as error:
                    failed.append(error)
                else:
                    updated.append(one.account)
        return updated, failed

    def _each(self, what: str, accounts: Collection[str], act: Callable[[str], Rotation]) -> tuple[Rotation, ...]:
        if accounts:
            self._progress.phase(what, len(accounts))

        def one(account: str) -> Rotation:
            try:
                return act(account)
            except LeastwayError as error:
                return self._look(account, error)
            finally:
                self._progress.step(account)

        with ThreadPoolExecutor(max_workers=self._open_grant.workers.accounts) as pool:
            try:
                return tuple(pool.map(one, accounts))
            except BaseException:  # an interrupt: what has not begun does not begin
                self.engine.stop()
                raise

    def _look(self, account: str, problem: LeastwayError | None = None) -> Rotation:
        number, state = self._latest(account)
        if state in (RotationState.NOT_STARTED, RotationState.ROTATED, RotationState.ROLLED_BACK):
            keys: tuple[UserKey, ...] = ()
            if problem is None:
                try:
                    self._check_user(self._accounts[account])
                    keys = self._keys(account).all()
                except LeastwayError as error:
                    problem = error
            return Rotation(account, self._user, number, RotationState.NOT_STARTED, keys=keys, problem=problem)
        return self._reported(account, number, state, problem)

    def _reported(self, account: str, number: int, state: RotationState, problem: LeastwayError | None) -> Rotation:
        results = self.engine.results(f"rotate:{account}:{number}")
        stored = RotatedKeys(self._open_grant.keys, account, self._user)
        is_back = state in (RotationState.ROLLING_BACK, RotationState.ROLLED_BACK)
        back = self.engine.results(f"rollback:{account}:{number}") if is_back else {}
        old, new = results.get(RotationStep.LIST), results.get(RotationStep.CREATE) or back.get(RotationStep.FIND)
        asks = RotationStep.PROVE in results and not (
            RotationStep.RESTORE in back if is_back else RotationStep.CONFIRM in results
        )
        places: dict[KeyPlace, bool] = {}
        if asks and state in (RotationState.ROTATING, RotationState.ROLLING_BACK):
            confirmed = self._confirmed(_word(state), account, number)
            places = {place: place.name in confirmed for place in self._places[account]}
        key = old if is_back else new
        path = next((path for path, kept in stored.files().items() if kept == key), None)
        return Rotation(account, self._user, number, state, old, new, (*results, *back), places, path, problem=problem)

    def _go_on(self, account: str) -> Rotation:
        number, state = self._latest(account)
        if state is RotationState.ROLLING_BACK:
            raise LeastwayError(
                "the way back to the old key is not finished", where=account, fix="finish it: run again with --rollback"
            )
        if state is RotationState.ROTATING:
            self._refuse_revoked(account)
        else:
            self._check_user(self._accounts[account])
            number += 1
        self.engine.run("rotate", f"rotate:{account}:{number}", {"account": account, "number": number})
        return self._reported(account, number, RotationState.ROTATED, None)

    def _roll_back(self, account: str) -> Rotation:
        number, state = self._latest(account)
        results = self.engine.results(f"rotate:{account}:{number}")
        if state not in (RotationState.ROTATING, RotationState.ROLLING_BACK):
            over = ": the last one is finished, and its old key is deleted" if state is RotationState.ROTATED else ""
            raise LeastwayError(f"no rotation is in progress{over}, so there is nothing to go back to", where=account)
        self._refuse_revoked(account)
        told = {
            "account": account,
            "number": number,
            "old": results[RotationStep.LIST],
            "new": results.get(RotationStep.CREATE),
            "proved": results.get(RotationStep.PROVE),
        }
        if state is RotationState.ROTATING:  # one that cannot go back goes on
            self._rotation_of(told, "restore").check_way_back(told["old"])
        self.engine.run("roll-back", f"rollback:{account}:{number}", told)
        return self._reported(account, number, RotationState.ROLLED_BACK, None)

    def _latest(self, account: str) -> tuple[int, RotationState]:
        """Return the number of the account's latest rotation, from 1, and its state; 0 if there was none.

        One that was refused before its first step was done has not started, and its number is used again. One whose
        keys are gone, as after an offboarding, is over: another one has not started.
        """
        number, state = self._recorded(account)
        is_open = state in (RotationState.ROTATING, RotationState.ROLLING_BACK)
        return number, RotationState.NOT_STARTED if is_open and self._is_over(account, number, state) else state

    def _is_over(self, account: str, number: int, state: RotationState) -> bool:
        """Return whether neither key of an open rotation exists, or the old one does not that a way back goes to."""
        results = self.engine.results(f"rotate:{account}:{number}")
        try:
            new = RotatedKeys(self._open_grant.keys, account, self._user).new()
            live = {key.id for key in self._keys(account).all()}
        except LeastwayError:
            return False  # the next step says why
        either = {results[RotationStep.LIST], results.get(RotationStep.CREATE), new.key_id if new else None}
        return not live & ({results[RotationStep.LIST]} if state is RotationState.ROLLING_BACK else either)

    def _recorded(self, account: str) -> tuple[int, RotationState]:
        numbers = {int(one.id.rpartition(":")[2]): one for one in self.engine.known(f"rotate:{account}:")}
        if not numbers:
            return 0, RotationState.NOT_STARTED
        number = max(numbers)
        back = [one for one in self.engine.known(f"rollback:{account}:") if one.id == f"rollback:{account}:{number}"]
        if back:
            return number, RotationState.ROLLED_BACK if back[0].is_done else RotationState.ROLLING_BACK
        if numbers[number].is_done:
            return number, RotationState.ROTATED
        if RotationStep.LIST not in self.engine.results(f"rotate:{account}:{number}"):
            return number - 1, RotationState.NOT_STARTED
        return number, RotationState.ROTATING

    def _confirmed(self, word: str, account: str, number: int) -> set[str]:
        prefix = f"{word}:{account}:{number}:"
        return {one.id.removeprefix(prefix) for one in self.engine.known(prefix) if one.is_done}

    def _rotation_of(self, told: Any, word: str) -> KeyRotation:
        account: str = told["account"]

        def unconfirmed() -> list[str]:
            """Read the confirmations within the step that asks: DBOS would record what is read between two steps."""
            confirmed = self._confirmed(word, account, told["number"])
            return [place.name for place in self._places[account] if place.name not in confirmed]

        return KeyRotation(
            account=account,
            user=self._user,
            keys=self._keys(account),
            stored=RotatedKeys(self._open_grant.keys, account, self._user),
            check=lambda key: self._failure(self._accounts[account], key),
            unconfirmed=unconfirmed,
            in_use=lambda key: self._open_grant.store.remember_made(
                self._open_grant.grant.name, {AccessKey(account, self._user).address: key}
            ),
            clock=self._open_grant.clock,
            convergence=self._open_grant.convergence,
            pace=self._pace,
        )

    def _keys(self, account: str) -> UserKeys:
        custody = RotatedKeys(self._open_grant.keys, account, self._user)
        return self._open_grant.user_keys(account, self._user, custody)

    def _failure(self, account: Account, key: SessionKeys) -> str | None:
        """Make real calls with a key; return what failed, or None.

        A denied call proves the key: AWS authenticates a request before it evaluates policies, and from here an address
        Deny is expected. Source: IAM User Guide, "Policy evaluation logic".
        """
        guest = self._guests.guest(key, account.region)
        holder = guest.identity()
        if isinstance(holder, FailedCall):
            return f"sts:GetCallerIdentity failed: {holder.detail}"
        if holder.account != account.id or not holder.arn.endswith(f"/{self._user}"):
            return f"the key belongs to {holder.arn}"
        for region in sorted({cluster.region for cluster in account.clusters} or {account.region}):
            called = self._guests.guest(key, region).list_clusters()
            if called is not None and not called.denied:
                return f"eks:ListClusters in {region} failed: {called.detail}"
        return None

    def _check_user(self, account: Account) -> None:
        """Refuse a user that leastway did not create for this grant. Errors: LeastwayError."""
        grant = self._open_grant.grant.name
        objects, address = self._read_user(account.id)
        where, found = str(address), objects.get(address)
        if found is None:
            raise LeastwayError("the user does not exist", where=where, fix="create it with `leastway apply`")
        if found.owner is not None:
            raise LeastwayError(
                f"the user is managed by {found.owner}", where=where, fix=f"rotate its key with {found.owner.tool}"
            )
        if found.mark is None or found.mark.grant != grant:
            raise LeastwayError(
                "the user is not part of this grant", where=where, fix="adopt it first, with `leastway apply`"
            )
        if isinstance(found.object, User):
            _refuse_revoked_user(found.object)
        if doubt := creation_records(self._open_grant.store, grant).doubt(found, objects):
            raise LeastwayError(doubt, where=where, fix="check it, then adopt it with `leastway apply --trust-marks`")

    def _refuse_revoked(self, account: str) -> None:
        """Refuse to go on while access is revoked: keys that the revocation made inactive stay so."""
        objects, address = self._read_user(account)
        found = objects.get(address)
        if found is not None and isinstance(found.object, User):
            _refuse_revoked_user(found.object)

    def _read_user(self, account: str) -> tuple[Mapping[Address, Observed], Address]:
        """Return what is read of the user, and its address. Errors: LeastwayError if something cannot be read."""
        wanted = User(account, self._user, frozenset(), "")
        seen = self._open_grant.sites.site(Realm.IAM, Place(account)).read([wanted], self._open_grant.grant.name)
        if seen.unreadable:
            first = seen.unreadable[0]
            raise LeastwayError(first.reason, where=str(first.where), fix=first.fix or None)
        return seen.objects, wanted.address

    def _now(self) -> dt.datetime:
        return self._open_grant.clock.now()


def _refuse_revoked_user(user: User) -> None:
    if isinstance(mark := revocation_of(user), RevokedMark):
        raise LeastwayError(
            f"access is revoked {when(mark.since)}, so no new key would work",
            where=str(user.address),
            fix="run `leastway revoke --restore` first; if the key leaked, delete it before",
        )


def _word(state: RotationState) -> str:
    return "restore" if state is RotationState.ROLLING_BACK else "confirm"
