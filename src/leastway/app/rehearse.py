"""Rehearse a grant on an embedded AWS: plan, apply, verify, prove, plan again, revoke and restore, offboard.

Nothing outside of this machine is called, and nothing is kept: the embedded AWS, the store, the keys and the evidence
are deleted when the rehearsal ends.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from leastway.app.apply import apply_plan
from leastway.app.embedded import check_size, embedded_environment, engineer_doors
from leastway.app.offboard import Offboarded, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, make_plan
from leastway.app.progress import Silent
from leastway.app.prove import prove_planned
from leastway.app.rehearsed_platform import cloud_accounts, rehearse_rotation, rehearsed_bucket
from leastway.app.rehearsed_workload import rehearsed_workload
from leastway.app.restore import Restored, plan_restore, restore
from leastway.app.revocation_plan import plan_revocation, revocation_probes, revocation_visitor
from leastway.app.revoke import revoke
from leastway.app.revoked import Revoked
from leastway.app.settings import Settings
from leastway.app.verify import caller_of, verify_grant
from leastway.app.wiring import opened
from leastway.aws import Guests
from leastway.compiler import notes, unsafe_notes
from leastway.errors import LeastwayError
from leastway.estate import Note
from leastway.grant import Grant, Identity, Profile, load_grant
from leastway.policy.prove import Refuted
from leastway.ports import FailedCall, PlatformSide, PlatformStep, RehearsedAccount, SessionKeys
from leastway.proof import Proof
from leastway.reconcile import Applied, Convergence, Plan, RevocationVerdict
from leastway.sandbox import Issuer, Sandbox, Seeded
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
    "rehearse",
    "rehearse_in",
]

_QUICK = Convergence(successes=2, interval=0.05, deadline=20)
"""The embedded AWS shows changes at once: a rehearsal shows the procedure, not the waiting."""


StartPlatform = Callable[
    [Path, Profile, str | None, str, Sequence[RehearsedAccount]], AbstractContextManager[PlatformSide]
]
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
    def failed_stages(self) -> tuple[str, ...]:
        """The stages that did not succeed, by the titles that the output gives them.

        A claim may be unknown: the text of most AWS managed policies is not available in a rehearsal.
        """
        succeeded = {
            "apply": self.applied.is_complete,
            "verify": verdict(self.answers) is ProbeVerdict.ALLOWED,
            "prove": not any(isinstance(proof.verdict, Refuted) for proof in self.proofs),
            "plan again": self.again.is_clean,
            "revoke": self.revoked.verdict is RevocationVerdict.CUT,
            "restore": self.restored.is_complete and all(answer.agrees for answer in self.answers_again),
            "the platform's server": all(step.passed for step in self.platform),
            "offboard": self.offboarded.is_complete,
        }
        return tuple(stage for stage, is_success in succeeded.items() if not is_success)

    @property
    def passed(self) -> bool:
        """Whether everything was applied, verified, revoked, restored and removed, and no claim was refuted."""
        return not self.failed_stages


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
        issuer = Issuer(grant.platform.oidc.host) if grant.platform.oidc is not None else None
        seeded = sandbox.control.seed(scenario_of(grant, issuer))
        settings = Settings(Path(folder), Path(folder) / "leastway.db")
        doors = engineer_doors(grant, seeded)
        with (
            embedded_environment(sandbox.environment()),
            opened(path, settings=settings, doors=doors, convergence=_QUICK) as open_grant,
        ):
            caller = _caller(open_grant, seeded, issuer)
            return _run(open_grant, sandbox, caller, seeded, report, started, start)


def _run(
    open_grant: OpenGrant,
    sandbox: Sandbox,
    caller: PlatformCaller,
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
    caller = replace(caller, users=caller_of(open_grant).users)
    answers = verify_grant(open_grant, planned, caller, neighbours=neighbours_of(open_grant.grant), progress=report)
    report.verified(answers)
    installed = make_plan(open_grant, progress=report)
    proofs = prove_planned(open_grant, installed, progress=report)
    report.proved(proofs)
    again = installed.plan
    report.planned_again(again)
    steps: list[PlatformStep] = []
    if start is not None and caller.principal is None:
        why = f"{open_grant.grant.platform.name} comes in with tokens of its own"
        skipped = PlatformStep("a server of the platform uses the access", True, why, is_skipped=True)
        _told(steps, report, (skipped,))
    registered = cloud_accounts(open_grant, planned, caller) if start is not None else ()
    with _platform_side(open_grant, caller, registered, start) as side:
        if side is not None:
            report.phase("using the access from the platform's server", 1)
            _told(steps, report, side.use())
            if open_grant.grant.identity is Identity.IAM_USER:
                report.phase("rotating the platform's keys", 1)
                _told(steps, report, tuple(rehearse_rotation(open_grant, side)))
                caller = replace(caller, users=caller_of(open_grant).users)
        revoked, restored, answers_again = _revoke_and_restore(open_grant, caller, report, side, steps)
        if side is not None:
            _told(steps, report, side.after_restore())
            report.phase("making and removing a bucket by runs", 1)
            _told(steps, report, _run_terraform(open_grant, planned, registered, seeded, side))
            report.phase("deploying a workload through an agent", 1)
            _told(steps, report, _deploy(open_grant, planned, caller, registered, seeded, sandbox, side))
            _told(steps, report, side.audit())
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
    open_grant: OpenGrant,
    caller: PlatformCaller,
    registered: Sequence[RehearsedAccount],
    start: StartPlatform | None,
) -> Iterator[PlatformSide | None]:
    """Start the platform's server as the platform's principal, with the cloud accounts of the grant."""
    if start is None or caller.principal is None:
        yield None
        return
    grant, keys = open_grant.grant, caller.principal
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    values = (keys.key_id, keys.secret.reveal(), keys.token.reveal() if keys.token is not None else "")
    own = {name: value for name, value in zip(names, values, strict=True) if value}
    with (
        tempfile.TemporaryDirectory(prefix="leastway-server-") as folder,
        embedded_environment({**os.environ, **own}),
        start(Path(folder) / "data", grant.platform, caller.listed, grant.accounts[0].region, registered) as side,
    ):
        yield side


def _run_terraform(
    open_grant: OpenGrant,
    planned: Planned,
    registered: Sequence[RehearsedAccount],
    seeded: Seeded,
    side: PlatformSide,
) -> tuple[PlatformStep, ...]:
    """Make and remove a bucket of the grant by runs, as its own account's administrator sees."""
    bucket = rehearsed_bucket(open_grant, planned, registered, _keys_of(seeded))
    if bucket is None:
        why = "no role that the platform assumes may make and remove a bucket"
        return (PlatformStep("Terraform makes a bucket through the gateway", True, why, is_skipped=True),)
    return side.run(bucket)


def _deploy(
    open_grant: OpenGrant,
    planned: Planned,
    caller: PlatformCaller,
    registered: Sequence[RehearsedAccount],
    seeded: Seeded,
    sandbox: Sandbox,
    side: PlatformSide,
) -> tuple[PlatformStep, ...]:
    """Deploy a workload to a cluster of the grant through an agent, and remove it, as the administrator sees."""
    found = rehearsed_workload(open_grant, planned, caller, registered, _keys_of(seeded), sandbox.control)
    if isinstance(found, str):
        return (PlatformStep("a workload is deployed to a cluster through an agent", True, found, is_skipped=True),)
    return side.deploy(found)


def _keys_of(seeded: Seeded) -> dict[str, SessionKeys]:
    """Return the keys of the accounts' administrators."""
    return {account: SessionKeys(key.id, key.secret) for account, key in seeded.admins.items()}


def _told(steps: list[PlatformStep], report: Audience, done: tuple[PlatformStep, ...]) -> None:
    steps.extend(done)
    if done:
        report.platform_tried(done)


def _refused(probe: Probe) -> Probe:
    asked = f"{probe.asked} with a session from before the revocation"
    return replace(probe, asked=asked, expected=ProbeVerdict.DENIED)


def _caller(open_grant: OpenGrant, seeded: Seeded, issuer: Issuer | None) -> PlatformCaller:
    addresses, keys = open_grant.grant.platform.addresses, SessionKeys(seeded.platform.id, seeded.platform.secret)
    caller = replace(
        caller_of(open_grant),
        principal=_principal(open_grant.grant, keys) if issuer is None else None,
        tokens=issuer,
    )
    if not addresses:
        return caller
    return replace(caller, listed=addresses[0].partition("/")[0], unlisted=unlisted_address(addresses))


def _principal(grant: Grant, user: SessionKeys) -> SessionKeys:
    """Return the platform's credentials: the key of its user, or a session of its role."""
    if grant.platform.aws_principal.resource_type != "role":
        return user
    guest = Guests().guest(user, grant.accounts[0].region)
    session = guest.assume(str(grant.platform.principal), None, "rehearsal")
    if isinstance(session, FailedCall):
        raise LeastwayError(
            f"the platform cannot assume its own role: {session.detail}", where=str(grant.platform.principal)
        )
    return session
