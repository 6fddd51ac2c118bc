"""Rehearse a grant on an embedded AWS: plan, apply, verify, prove, plan again, revoke and restore, offboard.

Nothing outside of this machine is called, and nothing is kept: the embedded AWS, the store, the keys and the evidence
are deleted when the rehearsal ends.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path

from leastway.app.apply import apply_plan
from leastway.app.offboard import Offboarded, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, make_plan
from leastway.app.progress import Silent
from leastway.app.prove import prove_planned
from leastway.app.rehearsed_platform import cloud_accounts, rehearse_rotation
from leastway.app.restore import Restored, plan_restore, restore
from leastway.app.revocation_plan import plan_revocation, revocation_probes, revocation_visitor
from leastway.app.revoke import revoke
from leastway.app.revoked import Revoked
from leastway.app.settings import Settings
from leastway.app.verify import caller_of, verify_grant
from leastway.app.wiring import opened
from leastway.aws import Door, Guests, KeyPair
from leastway.compiler import notes, unsafe_notes
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import Note
from leastway.grant import Grant, Identity, Profile, load_grant
from leastway.policy.prove import Refuted
from leastway.ports import FailedCall, PlatformSide, PlatformStep, RehearsedAccount, SessionKeys
from leastway.proof import Proof
from leastway.reconcile import Applied, Convergence, Plan, RevocationVerdict
from leastway.sandbox import Sandbox, Seeded
from leastway.sandbox.assets import MOST_CLUSTERS, VARIABLE, find_assets
from leastway.sandbox.grant_scenario import neighbours_of, scenario_of
from leastway.verify import (
    EksCall,
    PlatformCaller,
    Probe,
    ProbeVerdict,
    Verified,
    run,
    unlisted_address,
    verdict,
)

__all__ = [
    "Audience",
    "Rehearsal",
    "StartPlatform",
    "check_size",
    "embedded_environment",
    "engineer_doors",
    "example_grant",
    "rehearse",
    "rehearse_in",
]

_EXAMPLE = "seed"
_QUICK = Convergence(successes=2, interval=0.05, deadline=20)
"""The embedded AWS shows changes at once: a rehearsal shows the procedure, not the waiting."""


StartPlatform = Callable[[Path, Profile, str, str, Sequence[RehearsedAccount]], AbstractContextManager[PlatformSide]]
"""Starts the platform's server: in a folder, for a platform, with the address it calls from, a region, and accounts."""


class Audience(Silent):
    """Receives the result of each stage as it ends; the default methods do nothing."""

    def behind_the_clusters(self, kubernetes: str) -> None:
        """Receive the API server's name, such as `kube-apiserver v1.35.4`; not called without clusters."""

    def planned(self, plan: Plan) -> None:
        """Receive the plan for empty accounts."""

    def noted(self, notes: tuple[Note, ...]) -> None:
        """Receive the notes on what is dangerous on purpose; not called where there are none."""

    def applied(self, applied: Applied) -> None:
        """Receive the results of the apply."""

    def verified(self, answers: tuple[Verified, ...]) -> None:
        """Receive the answers to the checks of the platform's access."""

    def proved(self, proofs: tuple[Proof, ...]) -> None:
        """Receive the proofs about what is installed."""

    def planned_again(self, plan: Plan) -> None:
        """Receive the plan after the apply, which should be empty."""

    def revoked(self, done: Revoked) -> None:
        """Receive what was cut off, and whether what worked before is refused."""

    def restored(self, done: Restored, answers: tuple[Verified, ...]) -> None:
        """Receive what was put back, and the answers to requests of new sessions and of those before the revocation."""

    def platform_tried(self, steps: tuple[PlatformStep, ...]) -> None:
        """Receive what the platform's server did; called several times, or never where it is not rehearsed."""

    def offboarded(self, done: Offboarded) -> None:
        """Receive what was removed, and what is left."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The results of all stages.

    `kubernetes` names the API servers of the clusters, empty where the grant has none; `seconds` is the total time,
    including the start of the embedded AWS.
    """

    kubernetes: str
    plan: Plan
    notes: tuple[Note, ...]
    applied: Applied
    answers: tuple[Verified, ...]
    proofs: tuple[Proof, ...]
    again: Plan
    revoked: Revoked
    restored: Restored
    answers_again: tuple[Verified, ...]
    """The answers after the restore: new sessions must work, and those from before the revocation must not."""
    offboarded: Offboarded
    seconds: float
    platform: tuple[PlatformStep, ...] = ()
    """What the platform's server did, if it was rehearsed too."""

    @property
    def passed(self) -> bool:
        """Whether everything was applied, verified, revoked, restored and removed, and no claim was refuted.

        A claim may be unknown: the text of most AWS managed policies is not available in a rehearsal.
        """
        return (
            self.applied.is_complete
            and verdict(self.answers) is ProbeVerdict.ALLOWED
            and not any(isinstance(proof.verdict, Refuted) for proof in self.proofs)
            and self.again.is_clean
            and self.revoked.verdict is RevocationVerdict.CUT
            and self.restored.is_complete
            and all(answer.agrees for answer in self.answers_again)
            and all(step.passed for step in self.platform)
            and self.offboarded.is_complete
        )


def rehearse(path: Path, audience: Audience | None = None, start: StartPlatform | None = None) -> Rehearsal:
    """Rehearse the grant in the file `path`; with `start`, the platform's server too.

    Errors: LeastwayError when the embedded AWS cannot start, usually because the extra `rehearse` is not installed, and
    when the grant has too many clusters for real API servers.
    """
    started = time.monotonic()
    grant = load_grant(path)
    check_size(grant)
    with Sandbox() as sandbox:
        return _rehearse(sandbox, path, grant, audience or Audience(), started, start)


def rehearse_in(sandbox: Sandbox, path: Path, start: StartPlatform | None = None) -> Rehearsal:
    """Rehearse the grant in the file `path` in an empty sandbox, which stays up."""
    return _rehearse(sandbox, path, load_grant(path), Audience(), time.monotonic(), start)


def _rehearse(
    sandbox: Sandbox, path: Path, grant: Grant, report: Audience, started: float, start: StartPlatform | None
) -> Rehearsal:
    with tempfile.TemporaryDirectory(prefix="leastway-rehearsal-") as folder:
        report.phase("creating accounts and clusters", len(grant.accounts))
        seeded = sandbox.control.seed(scenario_of(grant))
        settings = Settings(Path(folder), Path(folder) / "leastway.db")
        doors = engineer_doors(grant, seeded)
        with (
            embedded_environment(sandbox.environment()),
            opened(path, settings=settings, doors=doors, convergence=_QUICK) as open_grant,
        ):
            return _run(open_grant, sandbox, seeded, report, started, start)


def check_size(grant: Grant) -> None:
    """Refuse a grant with more clusters than there may be real API servers; LeastwayError."""
    number = sum(len(account.clusters) for account in grant.accounts)
    if number > MOST_CLUSTERS and find_assets() is not None:
        raise LeastwayError(
            f"{number} clusters are too many for one kube-apiserver each; at most {MOST_CLUSTERS} are supported",
            where=grant.name,
            fix=f"unset {VARIABLE} to rehearse them with the small API server",
        )


def _run(
    open_grant: OpenGrant,
    sandbox: Sandbox,
    seeded: Seeded,
    report: Audience,
    started: float,
    start: StartPlatform | None,
) -> Rehearsal:
    planned = make_plan(open_grant, progress=report)
    kubernetes = " and ".join(sandbox.control.kubernetes())
    if kubernetes:
        report.behind_the_clusters(kubernetes)
    report.planned(planned.plan)
    if unsafe := unsafe_notes(open_grant.grant):
        report.noted(unsafe)
    applied = apply_plan(open_grant, planned, progress=report)
    report.applied(applied)
    caller = _caller(open_grant, seeded)
    answers = verify_grant(open_grant, planned, caller, neighbours=neighbours_of(open_grant.grant), progress=report)
    report.verified(answers)
    installed = make_plan(open_grant, progress=report)
    proofs = prove_planned(open_grant, installed, progress=report)
    report.proved(proofs)
    again = installed.plan
    report.planned_again(again)
    steps: list[PlatformStep] = []
    with _platform_side(open_grant, caller, planned, start) as side:
        if side is not None:
            _told(steps, report, side.use())
            if open_grant.grant.identity is Identity.IAM_USER:
                _told(steps, report, tuple(rehearse_rotation(open_grant, side)))
                caller = replace(caller, users=caller_of(open_grant).users)
        revoked, restored, answers_again = _revoke_and_restore(open_grant, caller, report, side, steps)
        if side is not None:
            _told(steps, report, (*side.after_restore(), *side.audit()))
    removed = offboard(open_grant, plan_offboarding(open_grant, progress=report), progress=report)
    report.offboarded(removed)
    seconds = time.monotonic() - started
    return Rehearsal(
        kubernetes,
        planned.plan,
        notes(open_grant.grant),
        applied,
        answers,
        proofs,
        again,
        revoked,
        restored,
        answers_again,
        removed,
        seconds,
        tuple(steps),
    )


def _revoke_and_restore(
    open_grant: OpenGrant,
    caller: PlatformCaller,
    report: Audience,
    side: PlatformSide | None,
    steps: list[PlatformStep],
) -> tuple[Revoked, Restored, tuple[Verified, ...]]:
    """Revoke and restore; then make the requests that must work, and those to AWS with the old sessions."""
    plan = plan_revocation(open_grant, progress=report)
    old = revocation_visitor(open_grant, plan, caller)
    revoked = revoke(open_grant, plan, old, progress=report)
    report.revoked(revoked)
    if side is not None:
        _told(steps, report, side.after_revocation())
    restored = restore(open_grant, plan_restore(open_grant, progress=report), progress=report)
    grant = open_grant.grant
    allowed = revocation_probes(grant)
    answers = run(allowed, revocation_visitor(open_grant, plan, caller))
    if grant.identity is Identity.TRUST_ROLE:  # the key of a user works again, and has no session
        with_old = [probe for probe in allowed if isinstance(probe.request, EksCall)]
        answers += run([_refused(probe) for probe in with_old], old)
    report.restored(restored, answers)
    return revoked, restored, answers


@contextmanager
def _platform_side(
    open_grant: OpenGrant, caller: PlatformCaller, planned: Planned, start: StartPlatform | None
) -> Iterator[PlatformSide | None]:
    """Start the platform's server as the platform's principal, with the cloud accounts of the grant."""
    if start is None or caller.principal is None or caller.listed is None:
        yield None
        return
    grant, keys = open_grant.grant, caller.principal
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    values = (keys.key_id, keys.secret.reveal(), keys.token.reveal() if keys.token is not None else "")
    own = {name: value for name, value in zip(names, values, strict=True) if value}
    registered = cloud_accounts(open_grant, planned, caller)
    with (
        tempfile.TemporaryDirectory(prefix="leastway-server-") as folder,
        embedded_environment({**os.environ, **own}),
        start(Path(folder) / "data", grant.platform, caller.listed, grant.accounts[0].region, registered) as side,
    ):
        yield side


def _told(steps: list[PlatformStep], report: Audience, done: tuple[PlatformStep, ...]) -> None:
    steps.extend(done)
    report.platform_tried(done)


def _refused(probe: Probe) -> Probe:
    asked = f"{probe.asked} with a session from before the revocation"
    return replace(probe, asked=asked, expected=ProbeVerdict.DENIED)


def engineer_doors(grant: Grant, seeded: Seeded) -> Mapping[str, Door]:
    """Return administrator credentials for each account, instead of the access that the grant names."""
    return {
        account.id: Door(
            account.id, account.region, KeyPair(seeded.admins[account.id].id, seeded.admins[account.id].secret)
        )
        for account in grant.accounts
    }


def _caller(open_grant: OpenGrant, seeded: Seeded) -> PlatformCaller:
    return replace(
        caller_of(open_grant),
        principal=_principal(open_grant.grant, SessionKeys(seeded.platform.id, seeded.platform.secret)),
        listed=open_grant.grant.platform.addresses[0].partition("/")[0],
        unlisted=unlisted_address(open_grant.grant.platform.addresses),
    )


def _principal(grant: Grant, user: SessionKeys) -> SessionKeys:
    """Return the platform's credentials: the key of its user, or a session of its role."""
    if grant.platform.principal.resource_type != "role":
        return user
    guest = Guests().guest(user, grant.accounts[0].region)
    session = guest.assume(str(grant.platform.principal), None, "rehearsal")
    if isinstance(session, FailedCall):
        raise LeastwayError(
            f"the platform cannot assume its own role: {session.detail}", where=str(grant.platform.principal)
        )
    return session


@contextmanager
def embedded_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Point botocore at the embedded AWS, and hide every real profile, inside the block."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name in variables}
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
            raise InvalidInputError(f"unknown example {name!r}", fix=f"the examples are: {', '.join(known)}")
        with as_file(folder / name) as path:
            yield path / "grant.yaml"
