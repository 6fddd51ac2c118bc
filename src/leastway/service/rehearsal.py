"""The platform's server in a rehearsal: what it is asked to do, in a folder that the rehearsal deletes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from leastway.broker import Asked, HandOut, StoppedError
from leastway.errors import LeastwayError
from leastway.ports import (
    FailedCall,
    PlatformStep,
    RehearsedAccount,
    RehearsedBucket,
    RehearsedWorkload,
    SessionKeys,
)
from leastway.primitives import Secret
from leastway.registry import RunAction
from leastway.service import accounts, audit
from leastway.service.account_roles import add_role
from leastway.service.caller import Called, Caller, NotFoundError, authenticate
from leastway.service.embedded_server import embedded_server
from leastway.service.kill_switches import turn_off_kill_switch, turn_on_kill_switch
from leastway.service.rehearsed_deployment import RehearsedDeployment
from leastway.service.rehearsed_run import begin_bucket, check_can_run, run_bucket
from leastway.service.server import Server
from leastway.sessions import AllowedRole, Scope
from leastway.tlog import VerifierKey, check_log
from leastway.tunnel import NoAgentError

if TYPE_CHECKING:
    from leastway.grant import Profile

__all__ = ["rehearse_server"]

_ORGANIZATION = "rehearsal"
_PATIENCE = 10.0
"""Seconds until the last entries have their positions."""


@contextmanager
def rehearse_server(
    folder: Path,
    platform: Profile,
    address: str | None,
    region: str,
    registered: Sequence[RehearsedAccount],
    *,
    serve: Callable[[Server], AbstractContextManager[str]],
) -> Iterator[RehearsedServer]:
    """Start a server for the platform, which pretends to call from `address`, or as it is. Errors: LeastwayError.

    `serve` makes it accept connections for the block, once an agent is to connect, and gives its URL.
    """
    told: list[Secret] = []
    with embedded_server(folder, platform, address, region, _ORGANIZATION, told.append) as server:
        with server.store.reading() as transaction:
            caller = authenticate(transaction, told[0], Called("POST", "/rehearsal"))
        yield RehearsedServer(server, caller, registered, serve)


class RehearsedServer:
    """See `leastway.ports.PlatformSide`."""

    def __init__(
        self,
        server: Server,
        caller: Caller,
        registered: Sequence[RehearsedAccount],
        serve: Callable[[Server], AbstractContextManager[str]],
    ) -> None:
        self._server = server
        self._caller = caller
        self._registered = registered
        self._serve = serve

    def use(self) -> tuple[PlatformStep, ...]:
        """Register the accounts, check them, take credentials, and stop and start the hand-outs."""
        steps = []
        for account in self._registered:
            steps.append(self._tried(f"{account.id} is registered and checked", partial(self._register, account)))
            for asked in self._asked(account):
                what = f"{account.id} gives a session of {_role_name(asked)}"
                steps.append(self._tried(what, partial(self._session, asked)))
        return (*steps, *self._stop_and_start())

    def give_key(self, account: str, key: SessionKeys) -> tuple[PlatformStep, ...]:
        """Give an account a new access key, which is proved first, and take sessions with it."""
        credentials = {"aws_access_key_id": key.key_id, "aws_secret_access_key": key.secret.reveal()}

        def give() -> str:
            changed = accounts.update_account(
                self._server, self._caller, _ORGANIZATION, account, credentials=credentials
            )
            return "" if changed is None else f"version {changed.account.version}"

        steps = [self._tried(f"{account} accepts the new key", give)]
        for registered in self._registered:
            for asked in self._asked(registered) if registered.id == account else ():
                what = f"{account} gives a session of {_role_name(asked)} by the new key"
                steps.append(self._tried(what, partial(self._session, asked)))
        return tuple(steps)

    def after_revocation(self) -> tuple[PlatformStep, ...]:
        """Show that no account passes its check while the grant is revoked."""
        return tuple(
            self._refused(f"{account.id} does not pass its check", partial(self._check, account))
            for account in self._registered
        )

    def after_restore(self) -> tuple[PlatformStep, ...]:
        """Show that every account passes its check again, and that sessions from after it work.

        Those from before the revocation stay denied.
        """
        steps = []
        for account in self._registered:
            steps.append(self._tried(f"{account.id} passes its check again", partial(self._check, account)))
            for asked in self._asked(account):
                what = f"{account.id} gives a new session of {_role_name(asked)}"
                steps.append(self._tried(what, partial(self._session, asked)))
        return tuple(steps)

    def run(self, bucket: RehearsedBucket) -> tuple[PlatformStep, ...]:
        """Make a bucket by Terraform under the grant's contract, and remove it; skipped where there is no Terraform."""
        what = f"Terraform makes bucket {bucket.name} through the gateway"
        try:
            check_can_run(self._server)
        except (LeastwayError, OSError) as error:
            return (PlatformStep(what, True, str(error), is_skipped=True),)
        begun = partial(begin_bucket, self._server, self._caller, _ORGANIZATION, bucket)
        steps = [self._tried(f"a contract is enforced in runs of {bucket.account}", begun)]
        if steps[0].passed:
            steps.append(self._tried(what, partial(self._run, RunAction.APPLY)))
            steps.append(self._tried("the bucket is there", partial(self._looked, bucket, expected=True)))
            steps.append(self._tried("Terraform removes it", partial(self._run, RunAction.DESTROY)))
            steps.append(self._tried("the bucket is gone", partial(self._looked, bucket, expected=False)))
        return tuple(steps)

    def deploy(self, workload: RehearsedWorkload) -> tuple[PlatformStep, ...]:
        """Deploy a workload through an agent, remove it by an empty set, and look each time."""
        return tuple(self._deployed(RehearsedDeployment(self._server, self._caller, _ORGANIZATION, workload), workload))

    def audit(self) -> tuple[PlatformStep, ...]:
        """Verify the audit log of all of it."""
        return (self._tried("the audit log is intact", self._verify_log),)

    def _register(self, account: RehearsedAccount) -> str:
        credentials = {
            name: value.reveal() if isinstance(value, Secret) else value for name, value in account.credentials.items()
        }
        accounts.create_account(
            self._server,
            self._caller,
            _ORGANIZATION,
            identifier=account.id,
            name=account.name,
            type_id=account.type,
            credentials=credentials,
        )
        for role in account.roles:
            allowed = AllowedRole(role.arn, role.external_id)
            add_role(self._server, self._caller, _ORGANIZATION, account.id, allowed)
        return self._check(account)

    def _check(self, account: RehearsedAccount) -> str:
        checked = accounts.check_account(self._server, self._caller, _ORGANIZATION, account.id)
        return next((field.value for field in checked.identity if field.id == "arn"), "")

    def _asked(self, account: RehearsedAccount) -> tuple[Asked, ...]:
        own = (Asked(_ORGANIZATION, account.id),) if "aws_role" in account.credentials else ()
        return (*own, *(Asked(_ORGANIZATION, account.id, role.arn) for role in account.roles))

    def _hand_out(self, asked: Asked) -> HandOut:
        return self._server.brokerage.broker.hand_out(asked, self._caller.entry)

    def _session(self, asked: Asked) -> str:
        """Take credentials, and return who they are on AWS."""
        handed = self._hand_out(asked)
        settings = self._server.settings
        assert settings.region is not None  # noqa: S101 - `rehearse_server` sets it
        guest = self._server.aws.guests.guest(handed.keys, settings.region, settings.pretended_address)
        found = guest.identity()
        if isinstance(found, FailedCall):
            raise LeastwayError(f"the session does not work: {found.detail}", where=handed.role)
        return found.arn

    def _run(self, action: RunAction) -> str:
        return run_bucket(self._server, self._caller, _ORGANIZATION, action)

    def _deployed(self, work: RehearsedDeployment, workload: RehearsedWorkload) -> Iterator[PlatformStep]:
        yield (begun := self._tried(f"cluster {workload.cluster} is defined as one behind an agent", work.begin))
        if not begun.passed:
            return
        yield self._refused("without its agent, nothing is deployed", work.deploy, NoAgentError)
        with ExitStack() as opened:

            def connect() -> str:
                opened.enter_context(work.agent(opened.enter_context(self._serve(self._server))))
                return f"it reaches {workload.cluster} and nothing else"

            yield (connected := self._tried("the agent connects to the server", connect))
            if not connected.passed:
                return
            what = f"a workload is deployed to namespace {workload.namespace} through it"
            yield self._tried(what, work.deploy)
            yield self._tried("its objects are there", partial(work.look, expected=True))
            yield self._tried("an empty set removes them", work.remove)
            yield self._tried("its objects are gone", partial(work.look, expected=False))

    def _looked(self, bucket: RehearsedBucket, *, expected: bool) -> str:
        if bucket.exists() is not expected:
            raise LeastwayError("it does not exist" if expected else "it still exists", where=bucket.name)
        return f"seen by the administrator of {bucket.aws_account}"

    def _stop_and_start(self) -> Iterator[PlatformStep]:
        for account in self._registered:
            for asked in self._asked(account)[:1]:
                switch = self._stop(account)
                yield self._refused(f"{account.id} is stopped", partial(self._hand_out, asked), StoppedError)
                turn_off_kill_switch(self._server, self._caller, _ORGANIZATION, switch)
                what = f"{account.id} is started again"
                yield self._tried(what, partial(self._session, asked))

    def _stop(self, account: RehearsedAccount) -> str:
        switched = turn_on_kill_switch(
            self._server, self._caller, _ORGANIZATION, scope=Scope.ACCOUNT, target=account.id, reason="rehearsal"
        )
        return switched.switch.id

    def _verify_log(self) -> str:
        """Read the log as an auditor would, once every entry is in its published checkpoint."""
        give_up = time.monotonic() + _PATIENCE
        while not (is_published := self._is_all_published()) and time.monotonic() < give_up:
            self._server.logs.ledger.nudge()
            time.sleep(0.02)
        key = VerifierKey.read(audit.log_key(self._server, self._caller, _ORGANIZATION, None))
        found = check_log(self._file, key)
        if not is_published or not found.is_intact or found.signed is None:
            faults = "; ".join(f"{fault.where}: {fault.what}" for fault in found.faults)
            raise LeastwayError(f"the audit log is not intact: {faults or 'entries are not published'}")
        return f"{found.signed.checkpoint.size} entries, signed by {key.name}"

    def _is_all_published(self) -> bool:
        with self._server.store.reading() as transaction:
            if transaction.audit.pending(1):
                return False
            head = transaction.audit.heads([_ORGANIZATION]).get(_ORGANIZATION)
        record = self._server.logs.published(_ORGANIZATION)
        return head is not None and record is not None and (record.number, record.size) == (head.number, head.size)

    def _file(self, path: str) -> bytes | None:
        try:
            return audit.log_file(self._server, self._caller, _ORGANIZATION, None, path)
        except NotFoundError:
            return None

    def _tried(self, what: str, call: Callable[[], str]) -> PlatformStep:
        try:
            return PlatformStep(what, True, call())
        except LeastwayError as error:
            return PlatformStep(what, False, str(error))

    def _refused(
        self, what: str, call: Callable[[], object], kind: type[LeastwayError] = LeastwayError
    ) -> PlatformStep:
        try:
            call()
        except kind as error:
            return PlatformStep(what, True, error.what)
        return PlatformStep(what, False, "it worked")


def _role_name(asked: Asked) -> str:
    return asked.role.rpartition("/")[2] if asked.role else "its own role"
