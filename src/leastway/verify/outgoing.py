"""The address from which AWS is called, and whether the platform's list has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.grant import Profile

__all__ = ["OutgoingAddress"]


@dataclass(frozen=True, slots=True)
class OutgoingAddress:
    """The address of `caller` (this machine, or the server), and whether the platform's list has it."""

    address: str
    platform: str
    is_listed: bool
    caller: str = "this machine"

    @classmethod
    def of(cls, address: str, platform: Profile, caller: str = "this machine") -> OutgoingAddress:
        """Return the address, compared with the list of the platform."""
        return cls(address, f"{platform.name} {platform.version}", platform.lists(address), caller)

    def __str__(self) -> str:
        """Return a sentence that says it."""
        listed = "is" if self.is_listed else "is NOT"
        return f"{self.caller} calls AWS from {self.address}, which {listed} in the address list of {self.platform}"
