"""The address from which the server calls AWS, given or asked from an echo service, and the platform's list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.grant import Profile
    from leastway.service.server import ServerSettings

__all__ = ["Outgoing", "find_outgoing"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An outgoing address, and whether the platform's list has it."""

    address: str
    platform: str
    is_listed: bool

    def __str__(self) -> str:
        """Return a sentence that says both."""
        listed = "is" if self.is_listed else "is NOT"
        return f"the server calls AWS from {self.address}, which {listed} in the address list of {self.platform}"


def find_outgoing(settings: ServerSettings, platform: Profile) -> Outgoing | None:
    """Return the server's outgoing address, or None if the settings name neither it nor an echo service.

    Errors: LeastwayError if the echo service cannot be reached, or does not answer with an address.
    """
    address = settings.outgoing_address
    if address is None and settings.address_from is not None:
        from leastway.aws import outgoing_address

        address = outgoing_address(settings.address_from)
    if address is None:
        return None
    return Outgoing(address, f"{platform.name} {platform.version}", platform.lists(address))
