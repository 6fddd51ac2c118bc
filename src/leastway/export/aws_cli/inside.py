"""What lives inside of a cluster: said in the script as comments, for the AWS CLI has no way in there."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.estate import AwsAuthMapping, RbacBinding, RbacRole
from leastway.export.aws_cli.words import comment
from leastway.export.kubernetes import by_hand, entry_text, folder_of

__all__ = ["mapping", "right"]


def right(wanted: RbacRole | RbacBinding) -> Iterator[str]:
    """Yield what is said of a role or binding."""
    what = f"{wanted.kind.value.removeprefix('rbac-')} {wanted.address.name}"
    yield comment(
        [
            f"Inside of {wanted.place.cluster}: the {what}; `leastway export kubernetes` writes it for:",
            f"  kubectl apply -k {folder_of(wanted.place)}",
        ]
    )


def mapping(wanted: AwsAuthMapping, grant: str) -> Iterator[str]:
    """Yield what is said of a mapping of aws-auth."""
    yield comment(
        [
            f"{wanted.place.cluster} knows no access entries: the ConfigMap aws-auth lets people in. `leastway apply`",
            f"adds the entry; or add it by hand, under {wanted.section}:",
            *(f"  {line}" for line in entry_text(wanted).splitlines()),
            "with:",
            *(f"  {line}" for line in by_hand([wanted], grant)),
        ]
    )
