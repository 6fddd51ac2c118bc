"""Moving a user or a role from one set of policies to another.

Two orders, because no moment of a change may allow more than before and after together:
- by itself, a change grants first and withdraws then: nobody is refused in between;
- where something else changes as well that multiplies with it (who may assume the role, the boundary), what goes is
  withdrawn first, then the other thing changes, then what is new is granted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from leastway.aws.errors import already_gone, code_of, made_moments_ago
from leastway.policy import Document, same_meaning

if TYPE_CHECKING:
    from leastway.aws.iam.holder import Holder, Permissions
    from leastway.estate import Address

__all__ = ["clear", "grant", "move", "withdraw"]


def move(holder: Holder, live: Permissions, wanted: Permissions, address: Address) -> None:
    """Go from `live` to `wanted`, granting first; where IAM's quotas leave no room for both, withdrawing first."""
    try:
        grant(holder, live, wanted, address)
    except ClientError as error:
        if code_of(error) != "LimitExceeded":
            raise
        withdraw(holder, live, wanted)
        grant(holder, live, wanted, address)
    else:
        withdraw(holder, live, wanted)


def grant(holder: Holder, live: Permissions, wanted: Permissions, address: Address) -> None:
    """Add what `live` lacks, and write over the inline policies that say something else."""
    for arn in sorted(wanted.policies - live.policies):
        with made_moments_ago(arn, where=str(address)):
            holder.attach(arn)
    for name, document in _changed(live, wanted):
        with made_moments_ago(f"the {address.kind.value} {address.name}", where=str(address)):
            holder.put(name, document)


def withdraw(holder: Holder, live: Permissions, wanted: Permissions, *, replaced: bool = False) -> None:
    """Take away what `wanted` lacks; with `replaced`, also the inline policies that are to say something else."""
    going = {name for name, _ in live.inline} - {name for name, _ in wanted.inline}
    if replaced:
        going |= {name for name, _ in _changed(live, wanted)} & {name for name, _ in live.inline}
    for arn in sorted(live.policies - wanted.policies):
        with already_gone():
            holder.detach(arn)
    for name in sorted(going):
        with already_gone():
            holder.remove(name)


def clear(holder: Holder) -> None:
    """Take away whatever is there now."""
    for arn in sorted(holder.attached()):
        with already_gone():
            holder.detach(arn)
    for name in sorted(holder.inline_names()):
        with already_gone():
            holder.remove(name)


def _changed(live: Permissions, wanted: Permissions) -> list[tuple[str, Document]]:
    old = dict(live.inline)
    return [
        (name, document) for name, document in wanted.inline if name not in old or not same_meaning(old[name], document)
    ]
