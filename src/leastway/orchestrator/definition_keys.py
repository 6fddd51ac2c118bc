"""Long-term keys that a definition has among its secret variables: the server signs with them, and the run never does.

In their place the module gets surrogates, which ask for AssumeRole. It is signed here, recorded first, and refused by
the same kill switches as any other session.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from leastway.audit import Entry
from leastway.broker import AuditLedger, Enter, Gate, entry_of_hand_out
from leastway.gateway import RefusedError, SessionAsk
from leastway.ports import IssuedSession, SessionKeys, Sts
from leastway.primitives import Clock
from leastway.registry import Run
from leastway.sessions import LONGEST_CHAINED, Session, SessionRequest
from leastway.store import PlatformStore

__all__ = ["DefinitionKeys"]


class DefinitionKeys:
    """The long-term key of one definition, for one run."""

    def __init__(self, keys: SessionKeys, run: Run, sts: Sts, store: PlatformStore, clock: Clock) -> None:
        self._keys = keys
        self._run = run
        self._sts = sts
        self._store = store
        self._clock = clock

    def session(
        self, ask: SessionAsk, named: frozenset[str], gate: Gate, ledger: AuditLedger, enter: Enter
    ) -> IssuedSession:
        """Assume a role that the definition names. Errors: RefusedError; StsRefusedError, StsUnavailableError."""
        run = self._run
        if ask.role is None or ask.role not in named:
            raise RefusedError("the definition does not name this role", fix="write the role into its variables")
        if ask.via is not None:
            raise RefusedError("a role is assumed with the definition's key alone", fix="name the last role directly")
        request = SessionRequest(
            run.organization,
            run.account or f"definition {run.definition}"[:63],
            ask.role,
            ask.region,
            session_name=ask.session_name or "leastway",
            external_id=ask.external_id,
            duration=ask.duration or LONGEST_CHAINED,
            definition=run.definition,
            policy=ask.policy,
            policy_arns=ask.policy_arns,
            source_identity=ask.source_identity,
            tags=ask.tags,
            transitive_tag_keys=ask.transitive_tag_keys,
        )
        gate.check(request.lineage)
        issued_at = self._clock.now()
        made = self._sts.assume(request, self._keys)
        session = Session(
            id=str(uuid.uuid4()),
            organization=request.organization,
            account=request.account,
            definition=request.definition,
            parent=None,
            role=request.role,
            session_name=request.session_name,
            access_key_id=made.keys.key_id,
            issued_at=issued_at,
            expires_at=made.expires_at,
            handed_out_at=issued_at,
        )
        with self._store.writing() as transaction:
            gate.before_batch(transaction)
            gate.check(request.lineage)
            transaction.sessions.add(session)
        ledger.submit(self._decision(session, request, gate, enter)).result()
        return made

    def _decision(self, session: Session, request: SessionRequest, gate: Gate, enter: Enter) -> Callable[[], Entry]:
        def decide() -> Entry:
            gate.check(request.lineage)
            return entry_of_hand_out(enter, self._clock.now(), session, signed_with=self._keys.key_id)

        return decide
