"""Does a role's trust policy admit only one principal?"""

from __future__ import annotations

from dataclasses import dataclass
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

__all__ = ["TokenConditions", "admits_only"]


@dataclass(frozen=True, slots=True)
class TokenConditions:
    """The tokens that may come in: of the issuer `host`, for the audience, with one of the subjects, or patterns."""

    host: str
    audience: str
    subjects: tuple[str, ...]


def admits_only(
    trust: Document,
    principal_arn: str,
    *,
    external_ids: Sequence[str],
    addresses: Sequence[str],
    role_arn: str,
    catalog: Catalog,
    tokens: TokenConditions | None = None,
    is_open_to_all_addresses: bool = False,
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdict:
    """Prove that `trust` admits only the principal, with one of `external_ids`, from one of `addresses`.

    `addresses` are IP addresses and ranges. Without an external id, or without an address unless
    `is_open_to_all_addresses`, nobody may be admitted. With `tokens`, the principal is an identity provider, and tokens
    take the place of external ids. All other callers are assumed to be allowed by their own policies. A trust policy
    that admits nobody passes.
    """
    role = Statement(Effect.ALLOW, actions=Values.of("sts:*"), resources=Values.of(role_arn))
    if tokens is None:
        conditions = [_condition(BaseOperator.STRING_EQUALS, "sts:ExternalId", external_ids)]
    else:
        conditions = [
            _condition(BaseOperator.STRING_EQUALS, f"{tokens.host}:aud", [tokens.audience]),
            _condition(BaseOperator.STRING_LIKE, f"{tokens.host}:sub", tokens.subjects),
        ]
    if not is_open_to_all_addresses:
        conditions.append(_condition(BaseOperator.IP_ADDRESS, "aws:SourceIp", addresses))
    strictest = Statement(
        Effect.ALLOW,
        actions=Values.of("sts:AssumeRole" if tokens is None else "sts:AssumeRoleWithWebIdentity"),
        principal=Principal(
            ((PrincipalType.AWS if tokens is None else PrincipalType.FEDERATED, Values.of(principal_arn)),)
        ),
        conditions=tuple(conditions),
    )
    return prove_none(
        PolicySet(resource=trust),
        [PolicySet(resource=Document(PolicyKind.TRUST, (strictest,)))],
        like=Document(PolicyKind.IDENTITY, (role,)),
        resource_account=role_arn.split(":")[4],
        catalog=catalog,
        timeout=timeout,
    )


def _condition(base: BaseOperator, key: str, values: Sequence[str]) -> ConditionBlock:
    return ConditionBlock(Operator(base.value, base), ((key, Values.of(*values)),))
