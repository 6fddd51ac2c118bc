"""AccessDenied, taken apart: who asked for what on what, and whose policy said no.

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
    """One refusal. `resource` and `reason` are empty where AWS does not say them."""

    who: str
    action: str
    resource: str = ""
    reason: str = ""

    @classmethod
    def parse(cls, message: str, action: str) -> Denial:
        """Read AWS's message; where it has another form, `action` is what was called and the message is the reason."""
        found = _MESSAGE.fullmatch(message.strip())
        if found is None:
            return cls("these credentials", action, "", message.strip().rstrip("."))
        resource = (found["resource"] or "").strip('"')
        return cls(found["who"], found["action"], resource, (found["reason"] or "").removeprefix("because "))

    @property
    def what(self) -> str:
        """The refusal as a sentence."""
        on = f" on {self.resource}" if self.resource else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.who} may not {self.action}{on}{reason}"

    @property
    def fix(self) -> str:
        """What lifts the refusal."""
        if "service control policy" in self.reason or "resource control policy" in self.reason:
            return f"ask whoever keeps the organization's policies to permit {self.action} there"
        if "explicit deny" in self.reason:
            return f"take {self.action} out of that Deny"
        if "permissions boundary" in self.reason:
            return f"permit {self.action} in the permissions boundary too"
        if "session policy" in self.reason:
            return f"permit {self.action} in the session policy too"
        if self.action == "sts:AssumeRole":
            return "permit it to the caller, and see that the role's trust policy names the caller and the external id"
        on = f" on {self.resource}" if self.resource else ""
        return f"permit {self.action}{on}; docs/permissions.md lists what each command needs"
