"""AWS partitions in the ARNs of policies.

A policy belongs to one account in one partition, so the partition in its ARNs does not narrow it. Source: IAM User
Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from leastway.policy.wildcards import Globs, tokens_of
from leastway.primitives import Partition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastway.policy.evaluate import PolicySet

__all__ = ["COGNITO", "SERVICE_SUFFIXES", "in_any_partition", "partition_of", "service_names"]

SERVICE_SUFFIXES = tuple(dict.fromkeys((*(each.dns_suffix for each in Partition), "aws.internal")))
"""The suffixes of service principals: mostly `amazonaws.com`, for some services the partition's own."""
COGNITO = (
    "cognito-identity.amazonaws.com",
    "cognito-identity-us-gov.amazonaws.com",
    "cognito-identity.us-gov-east-1.amazonaws.com",
    "cognito-identity.cn-north-1.amazonaws.com.cn",
)
"""The names of Amazon Cognito as an identity provider. Source: AWS GovCloud (US) User Guide, "Amazon Cognito"; the SDKs
for China."""
_ARN = re.compile(r"arn:([^:]*):")


def in_any_partition(pattern: str) -> str:
    """Return an ARN pattern with `*` as its partition; one that matches no AWS partition is returned unchanged."""
    found = _ARN.match(pattern)
    return f"arn:*:{pattern[found.end() :]}" if found and _is_a_partition(found[1]) else pattern


def partition_of(sets: Iterable[PolicySet]) -> Partition:
    """Return the partition of `sets`: the one that their ARNs name, or `aws` if they name none or several."""
    named = {found[1] for policies in sets for text in _texts(policies) if (found := _ARN.match(text))}
    known = [each for each in Partition if each in named]
    return known[0] if len(known) == 1 else Partition.AWS


def service_names(service: str) -> tuple[str, ...]:
    """Return the names that a service, such as `ec2.amazonaws.com`, has in the partitions, its name in `aws` first.

    Source: AWS CDK, region-info: for example `ec2.amazonaws.com.cn` in China.
    """
    head = service.removesuffix(f".{Partition.AWS.dns_suffix}")
    return tuple(dict.fromkeys(f"{head}.{each.dns_suffix}" for each in Partition))


@functools.lru_cache(256)
def _is_a_partition(pattern: str) -> bool:
    return any(map(Globs.compile([tokens_of(pattern)]).matcher(), Partition))


def _texts(policies: PolicySet) -> Iterator[str]:
    """Yield texts that may be ARNs: resources, principals and condition values."""
    documents = (*policies.identity, policies.resource, *policies.boundary, *policies.session)
    levels = (document for level in (*policies.scps, *policies.rcps) for document in level)
    for document in (*documents, *levels):
        for statement in document.statements if document else ():
            yield from (*(statement.resources or ()), *(statement.not_resources or ()))
            for principal in (statement.principal, statement.not_principal):
                yield from (name for _, name in principal.names()) if principal else ()
            for _, _, values in statement.tests():
                yield from values
