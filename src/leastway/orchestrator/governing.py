"""What governs a run's calls: the AWS account and the role that it works with, and the contract for them.

The contract is that of the grant that has the role; without such a role, that of the account if there is one alone.
Where none is known the gateway only observes, and the run says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.primitives import Arn
from leastway.proof import ContractDocument, parse_contract
from leastway.store import PlatformStore

__all__ = ["Governing", "aws_account_of", "find_contract"]


@dataclass(frozen=True, slots=True)
class Governing:
    """The contract in force for an AWS account; `content` is its canonical JSON, None if none is known."""

    grant: str | None
    digest: str | None
    content: str | None
    why: str
    """One sentence for the run's log."""

    @property
    def is_enforced(self) -> bool:
        """Whether the gateway refuses what the contract does not allow."""
        return self.content is not None


def find_contract(store: PlatformStore, organization: str, aws_account: str, roles: Iterable[str]) -> Governing:
    """Return what governs calls of these roles in an AWS account. Errors: LeastwayError if a contract is damaged."""
    with store.reading() as transaction:
        found = [one for one in transaction.contracts.all_current(organization) if one.account == aws_account]
        contents = {one.grant: transaction.contracts.content(one) for one in found}
    wanted = frozenset(roles)
    with_role = [one for one in found if wanted & _roles(contents[one.grant])]
    chosen = with_role or found
    if not chosen:
        why = f"no contract is known for AWS account {aws_account}: calls are recorded and not refused"
        return Governing(None, None, None, why)
    if len(chosen) > 1:
        names = ", ".join(sorted(one.grant for one in chosen))
        raise LeastwayError(
            f"several grants have a contract for AWS account {aws_account}: {names}",
            fix="register the role of the definition with one of them, by `leastway register`",
        )
    one = chosen[0]
    why = f"the contract of grant {one.grant} is enforced, version {one.version}, {one.digest[:12]}"
    return Governing(one.grant, one.digest, contents[one.grant].decode(), why)


def _roles(content: bytes) -> frozenset[str]:
    return frozenset(role.arn for role in _document(content).contract.roles.values())


def _document(content: bytes) -> ContractDocument:
    return parse_contract(json.loads(content))


def aws_account_of(role: str) -> str:
    """Return the AWS account of a role."""
    return Arn.parse(role).account
