"""Moving a user or role from one set of policies to another.

There are two orders, because at no moment may more be allowed than before and after the change:
- if only policies change, new ones are granted first and old ones withdrawn then, so that no call is denied meanwhile;
- if something else changes that combines with the policies (the trust policy, the boundary), old policies are
  withdrawn first, then the other change is made, then new policies are granted.
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
    """Change `live` to `wanted`, granting first; if IAM's quotas leave no room for both, withdrawing first."""
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
    """Add the policies that `live` lacks, and replace inline policies with a different document."""
    for arn in sorted(wanted.policies - live.policies):
        fix = "correct the policy's name in the grant: AWS has none of this name" if ":iam::aws:" in arn else ""
        with made_moments_ago(arn, where=str(address), fix=fix):
            holder.attach(arn)
    for name, document in _changed(live, wanted):
        with made_moments_ago(f"the {address.kind.value} {address.name}", where=str(address)):
            holder.put(name, document)


def withdraw(holder: Holder, live: Permissions, wanted: Permissions, *, replaced: bool = False) -> None:
    """Remove the policies that `wanted` lacks; with `replaced`, also inline policies whose document will change."""
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
    """Remove all current policies."""
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
