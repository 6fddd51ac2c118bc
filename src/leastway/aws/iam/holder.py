"""The policies of one user, role or group, attached and inline.

IAM has the same calls under a different name for each: AttachUserPolicy(UserName), AttachRolePolicy(RoleName).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from leastway.aws.iam.documents import read_document
from leastway.aws.iam.paging import every
from leastway.estate import Kind
from leastway.policy import Document, PolicyKind, render_text

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

__all__ = ["NOTHING", "Holder", "Permissions"]


@dataclass(frozen=True, slots=True)
class Permissions:
    """Attached policies' ARNs, and inline policies as (name, document) sorted by name."""

    policies: frozenset[str]
    inline: tuple[tuple[str, Document], ...] = ()


NOTHING = Permissions(frozenset())


class Holder:
    """A user, a role or a group, and IAM's calls for its policies."""

    def __init__(self, iam: IAMClient, kind: Kind | Literal["group"], name: str) -> None:
        self._iam: Any = iam
        self._word = kind.value if isinstance(kind, Kind) else kind
        self._name = {f"{self._word.capitalize()}Name": name}

    def read(self) -> Permissions:
        """Read all of its policies; LeastwayError if an inline policy does not parse."""
        inline = ((name, self._call("get_{}_policy", PolicyName=name)) for name in sorted(self.inline_names()))
        return Permissions(
            self.attached(),
            tuple(
                (name, read_document(answer["PolicyDocument"], PolicyKind.IDENTITY, f"inline policy {name}"))
                for name, answer in inline
            ),
        )

    def boundary(self) -> str:
        """Read the ARN of its permissions boundary, empty if it has none."""
        answer = self._call("get_{}")[self._word.capitalize()]
        return str(answer.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""))

    def attached(self) -> frozenset[str]:
        """Read the ARNs of the attached policies."""
        found = every(self._iam, f"list_attached_{self._word}_policies", "AttachedPolicies", **self._name)
        return frozenset(policy["PolicyArn"] for policy in found)

    def inline_names(self) -> frozenset[str]:
        """Read the names of the inline policies."""
        return frozenset(every(self._iam, f"list_{self._word}_policies", "PolicyNames", **self._name))

    def attach(self, arn: str) -> None:
        """Attach a managed policy; attaching it again changes nothing."""
        self._call("attach_{}_policy", PolicyArn=arn)

    def detach(self, arn: str) -> None:
        """Detach a managed policy."""
        self._call("detach_{}_policy", PolicyArn=arn)

    def put(self, name: str, document: Document) -> None:
        """Write an inline policy, replacing one with the same name."""
        self._call("put_{}_policy", PolicyName=name, PolicyDocument=render_text(document))

    def remove(self, name: str) -> None:
        """Delete an inline policy."""
        self._call("delete_{}_policy", PolicyName=name)

    def _call(self, method: str, **arguments: str) -> dict[str, Any]:
        answer = getattr(self._iam, method.format(self._word))(**self._name, **arguments)
        return cast("dict[str, Any]", answer)
