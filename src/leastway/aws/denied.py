"""Parsing of AccessDenied messages: the caller, the action, the resource, and the policy that denied it.

Source: IAM User Guide, "Troubleshoot access denied error messages".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Denial"]

_MESSAGE = re.compile(
    r"User: (?P<who>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>.+?))?"
    r"(?: (?P<reason>because .+|with an explicit deny.*))?\.?"
)


@dataclass(frozen=True, slots=True)
class Denial:
    """One denied call. `resource` and `reason` are empty if AWS does not report them."""

    who: str
    action: str
    resource: str = ""
    reason: str = ""

    @classmethod
    def parse(cls, message: str, action: str) -> Denial:
        """Parse AWS's message. If its form is unknown, `action` is the operation and the message is the reason."""
        found = _MESSAGE.fullmatch(message.strip())
        if found is None:
            return cls("the caller", action, "", message.strip().rstrip("."))
        resource = (found["resource"] or "").strip('"')
        reason = (found["reason"] or "").removeprefix("because ").removeprefix("with an ")
        return cls(found["who"], found["action"], resource, reason)

    @property
    def what(self) -> str:
        """The denial as a sentence."""
        on = f" on {self.resource}" if self.resource else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.who} is not allowed to perform {self.action}{on}{reason}"

    @property
    def fix(self) -> str:
        """The fix that allows the call."""
        if "service control policy" in self.reason or "resource control policy" in self.reason:
            return f"ask the administrators of the organization's policies to allow {self.action}"
        if "explicit deny" in self.reason:
            return (
                "find out whether it is meant: leastway denies addresses that are not listed, and everything while a "
                f"grant is revoked (`leastway status`); else except {self.action} from that Deny statement"
            )
        if "permissions boundary" in self.reason:
            return f"allow {self.action} in the permissions boundary too"
        if "session policy" in self.reason:
            return f"allow {self.action} in the session policy too"
        if self.action == "sts:AssumeRole":
            return (
                "allow it for the caller, and check that the role's trust policy names the caller and the external id"
            )
        on = f" on {self.resource}" if self.resource else ""
        return f"allow {self.action}{on}; `leastway explain permissions` lists what each command needs"
