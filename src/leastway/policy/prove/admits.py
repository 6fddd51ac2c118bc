"""Does a role's trust policy admit only one principal?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate import PolicySet
from leastway.policy.model import (
    BaseOperator,
    ConditionBlock,
    Document,
    Effect,
    Operator,
    PolicyKind,
    Principal,
    PrincipalType,
    Statement,
    Values,
)
from leastway.policy.prove.asking import DEFAULT_TIMEOUT, prove_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leastway.policy.catalog import Catalog
    from leastway.policy.prove.verdict import Verdict

__all__ = ["admits_only"]


def admits_only(
    trust: Document,
    principal_arn: str,
    *,
    external_ids: Sequence[str],
    addresses: Sequence[str],
    role_arn: str,
    catalog: Catalog,
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdict:
    """Prove that `trust` admits only the principal, with one of `external_ids`, from one of `addresses`.

    `addresses` are IP addresses and ranges. Without an external id or without an address, nobody may be admitted.
    All other callers are assumed to be allowed by their own policies. A trust policy that admits nobody passes.
    """
    role = Statement(Effect.ALLOW, actions=Values.of("sts:*"), resources=Values.of(role_arn))
    return prove_none(
        PolicySet(resource=trust),
        [PolicySet(resource=_strictest_trust(principal_arn, external_ids, addresses))],
        like=Document(PolicyKind.IDENTITY, (role,)),
        resource_account=role_arn.split(":")[4],
        catalog=catalog,
        timeout=timeout,
    )


def _strictest_trust(principal_arn: str, external_ids: Sequence[str], addresses: Sequence[str]) -> Document:
    """Return the trust policy that admits `principal_arn` with these ids, from `addresses`."""
    conditions = (
        _condition(BaseOperator.STRING_EQUALS, "sts:ExternalId", external_ids),
        _condition(BaseOperator.IP_ADDRESS, "aws:SourceIp", addresses),
    )
    statement = Statement(
        Effect.ALLOW,
        actions=Values.of("sts:AssumeRole"),
        principal=Principal(((PrincipalType.AWS, Values.of(principal_arn)),)),
        conditions=conditions,
    )
    return Document(PolicyKind.TRUST, (statement,))


def _condition(base: BaseOperator, key: str, values: Sequence[str]) -> ConditionBlock:
    return ConditionBlock(Operator(base.value, base), ((key, Values.of(*values)),))
