"""What is asked of an authorizer."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Attributes"]


@dataclass(frozen=True, slots=True)
class Attributes:
    """A verb on a resource, or on a path that is no resource (`path` is set then, and the rest is empty)."""

    verb: str
    group: str = ""
    resource: str = ""
    """The plural, with its subresource: `pods/log`."""
    namespace: str = ""
    name: str = ""
    path: str = ""

    def describe(self, username: str) -> str:
        """Return the sentence of a refusal."""
        if self.path:
            return f'User "{username}" cannot {self.verb} path "{self.path}"'
        where = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
        what = f'cannot {self.verb} resource "{self.resource}" in API group "{self.group}"'
        return f'User "{username}" {what} {where}'
