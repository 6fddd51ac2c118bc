"""The whole life of a grant on an embedded AWS: plan, apply, verify, prove, plan again, offboard, and what is left.

Nothing outside of this machine is called, and nothing is kept: the embedded AWS, the store, the keys and the evidence
go when the rehearsal ends.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path

from leastway.app.apply import apply_plan
from leastway.app.offboard import Offboarded, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.progress import Silent
from leastway.app.prove import prove_planned
from leastway.app.settings import Settings
from leastway.app.verify import caller_of, verify_grant
from leastway.app.wiring import opened
from leastway.aws import Door, Guests, KeyPair
from leastway.compiler import notes, unsafe_notes
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import Note
from leastway.grant import Grant, load_grant
from leastway.policy.prove import Refuted
from leastway.ports import FailedCall, SessionKeys
from leastway.proof import Proof
from leastway.reconcile import Applied, Convergence, Plan
from leastway.sandbox import Sandbox, Seeded
from leastway.sandbox.assets import MOST_CLUSTERS, VARIABLE, find_assets
from leastway.sandbox.grant_scenario import neighbours_of, scenario_of
from leastway.verify import PlatformCaller, ProbeVerdict, Verified, unlisted_address, verdict

__all__ = ["Audience", "Rehearsal", "example_grant", "rehearse"]

_EXAMPLE = "seed"
_QUICK = Convergence(successes=2, interval=0.05, deadline=20)
"""The embedded AWS shows a change at once: what is rehearsed is the procedure, not the waiting."""


class Audience(Silent):
    """Who is told of each stage as it ends; every method may be left as it is."""

    def behind_the_clusters(self, kubernetes: str) -> None:
        """Which Kubernetes the rehearsal has: `kube-apiserver v1.35.4`; nothing is told where there are no clusters."""

    def planned(self, plan: Plan) -> None:
        """The plan for empty accounts."""

    def noted(self, notes: tuple[Note, ...]) -> None:
        """What is dangerous in the grant on purpose; nothing is told where nothing is."""

    def applied(self, applied: Applied) -> None:
        """What was done."""

    def verified(self, answers: tuple[Verified, ...]) -> None:
        """What the platform could and could not do."""

    def proved(self, proofs: tuple[Proof, ...]) -> None:
        """What is installed keeps to the grant, proved or refuted."""

    def planned_again(self, plan: Plan) -> None:
        """The plan after the apply, which should be empty."""

    def offboarded(self, done: Offboarded) -> None:
        """What was removed, and what is left."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Every stage's result.

    `kubernetes` is what answered behind the clusters, empty where the grant has none; `seconds` is all of it, the start
    of the embedded AWS included.
    """

    kubernetes: str
    plan: Plan
    notes: tuple[Note, ...]
    applied: Applied
    answers: tuple[Verified, ...]
    proofs: tuple[Proof, ...]
    again: Plan
    offboarded: Offboarded
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the grant did all that it should: applied, verified, nothing to do again, nothing left.

        And no claim was refuted. One may stay unknown: what a policy of AWS's own says cannot be read here.
        """
        return (
            self.applied.is_complete
            and verdict(self.answers) is ProbeVerdict.ALLOWED
            and not any(isinstance(proof.verdict, Refuted) for proof in self.proofs)
            and self.again.is_clean
            and self.offboarded.is_complete
        )


def rehearse(path: Path, audience: Audience | None = None) -> Rehearsal:
    """Run the whole life of the grant in the file `path`.

    LeastwayError when the embedded AWS cannot start, above all because the extra `rehearse` is not installed, and when
    the grant has more clusters than there may be real ones.
    """
    told = audience or Audience()
    started = time.monotonic()
    grant = load_grant(path)
    _check_size(grant)
    with tempfile.TemporaryDirectory(prefix="leastway-rehearsal-") as folder, Sandbox() as sandbox:
        told.phase("making accounts and clusters", len(grant.accounts))
        seeded = sandbox.control.seed(scenario_of(grant))
        settings = Settings(Path(folder), Path(folder) / "leastway.db")
        doors = _doors(grant, seeded)
        with (
            _environment(sandbox.environment()),
            opened(path, settings=settings, doors=doors, convergence=_QUICK) as work,
        ):
            return _run(work, sandbox, seeded, told, started)


def _check_size(grant: Grant) -> None:
    number = sum(len(account.clusters) for account in grant.accounts)
    if number > MOST_CLUSTERS and find_assets() is not None:
        raise LeastwayError(
            f"{number} clusters are too many for a kube-apiserver each; there may be {MOST_CLUSTERS}",
            where=grant.name,
            fix=f"unset {VARIABLE} to rehearse them on the small API server",
        )


def _run(work: OpenGrant, sandbox: Sandbox, seeded: Seeded, told: Audience, started: float) -> Rehearsal:
    planned = make_plan(work, progress=told)
    kubernetes = " and ".join(sandbox.control.kubernetes())
    if kubernetes:
        told.behind_the_clusters(kubernetes)
    told.planned(planned.plan)
    if unsafe := unsafe_notes(work.grant):
        told.noted(unsafe)
    applied = apply_plan(work, planned, progress=told)
    told.applied(applied)
    caller = _caller(work, seeded)
    answers = verify_grant(work, planned, caller, neighbours=neighbours_of(work.grant), progress=told)
    told.verified(answers)
    installed = make_plan(work, progress=told)
    proofs = prove_planned(work, installed, progress=told)
    told.proved(proofs)
    again = installed.plan
    told.planned_again(again)
    removed = offboard(work, plan_offboarding(work, progress=told), progress=told)
    told.offboarded(removed)
    seconds = time.monotonic() - started
    return Rehearsal(kubernetes, planned.plan, notes(work.grant), applied, answers, proofs, again, removed, seconds)


def _doors(grant: Grant, seeded: Seeded) -> Mapping[str, Door]:
    """Come into every account as its engineer does, whatever way the grant names."""
    return {
        account.id: Door(
            account.id, account.region, KeyPair(seeded.admins[account.id].id, seeded.admins[account.id].secret)
        )
        for account in grant.accounts
    }


def _caller(work: OpenGrant, seeded: Seeded) -> PlatformCaller:
    return replace(
        caller_of(work),
        principal=_principal(work.grant, SessionKeys(seeded.platform.id, seeded.platform.secret)),
        listed=work.grant.platform.addresses[0].partition("/")[0],
        unlisted=unlisted_address(work.grant.platform.addresses),
    )


def _principal(grant: Grant, user: SessionKeys) -> SessionKeys:
    """Return what the platform signs with: the key of its user, or a session of its role."""
    if grant.platform.principal.resource_type != "role":
        return user
    guest = Guests().guest(user, grant.accounts[0].region)
    session = guest.assume(str(grant.platform.principal), None, "rehearsal")
    if isinstance(session, FailedCall):
        raise LeastwayError(
            f"the platform cannot take its own role: {session.detail}", where=str(grant.platform.principal)
        )
    return session


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Lead botocore to the embedded AWS, and shut out every real profile, for as long as the block lasts."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    _replace(before, variables)
    try:
        yield
    finally:
        _replace(variables, before)


def _replace(old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for name in old:
        os.environ.pop(name, None)
    os.environ.update(new)


@contextmanager
def example_grant(grant: Path | None, example: str | None) -> Iterator[Path]:
    """Yield the file to rehearse: `grant`, the bundled `example`, `grant.yaml` here, or the example `seed`."""
    here = Path("grant.yaml")
    if grant is not None:
        yield grant
    elif example is None and here.is_file():
        yield here
    else:
        folder = files("leastway") / "examples"
        known = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("_"))
        name = example or _EXAMPLE
        if name not in known:
            raise InvalidInputError(f"there is no example {name!r}", fix=f"there are: {', '.join(known)}")
        with as_file(folder / name) as path:
            yield path / "grant.yaml"
