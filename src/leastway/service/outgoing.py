"""The address from which the server calls AWS, given or asked from an echo service, and the platform's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.grant import Profile
    from leastway.service.settings import ServerSettings
    from leastway.verify import OutgoingAddress

__all__ = ["find_outgoing"]


def find_outgoing(settings: ServerSettings, platform: Profile) -> OutgoingAddress | None:
    """Return the server's outgoing address, or None if the settings name neither it nor an echo service.

    Errors: LeastwayError if the echo service cannot be reached, or does not answer with an address.
    """
    address = settings.outgoing_address
    if address is None and settings.address_from is not None:
        from leastway.aws import outgoing_address

        address = outgoing_address(settings.address_from)
    if address is None:
        return None
    from leastway.verify import OutgoingAddress

    return OutgoingAddress.of(address, platform, "the server")
