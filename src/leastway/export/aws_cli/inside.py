"""What lives inside of a cluster: said in the script as comments, for the AWS CLI has no way in there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leastway.estate import AwsAuthMapping, RbacBinding, RbacRole
from leastway.export.aws_cli.words import comment
from leastway.export.kubernetes import by_hand, entry_text, folder_of

__all__ = ["mapping", "rights"]


def rights(wanted: Sequence[RbacRole | RbacBinding]) -> Iterator[str]:
    """Yield what is said of the roles and bindings of one cluster."""
    place = wanted[0].place
    yield comment(
        [
            f"Inside of {place.cluster} it takes:",
            *(f"  {each.kind.value.removeprefix('rbac-')} {each.address.name}" for each in wanted),
            "`leastway export kubernetes` writes them, for:",
            f"  kubectl apply -k {folder_of(place)}",
        ]
    )


def mapping(wanted: AwsAuthMapping, grant: str) -> Iterator[str]:
    """Yield what is said of a mapping of aws-auth."""
    yield comment(
        [
            f"{wanted.place.cluster} knows no access entries: the ConfigMap aws-auth lets people in.",
            f"`leastway apply` adds the entry; or add it by hand, under {wanted.section}:",
            *(f"  {line}" for line in entry_text(wanted).splitlines()),
            "with:",
            *(f"  {line}" for line in by_hand([wanted], grant)),
        ]
    )
