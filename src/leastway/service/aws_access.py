"""The server's way to AWS: callers with given keys, its own keys, and its region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

from leastway.ports import Guest, Guests, SessionKeys

__all__ = ["AwsAccess"]


def _aws() -> ModuleType:
    import leastway.aws

    return leastway.aws


class _Ambient:
    """Guests, created on first use."""

    @cached_property
    def _guests(self) -> Guests:
        guests: Guests = _aws().Guests()
        return guests

    def guest(self, keys: SessionKeys, region: str, address: str | None = None) -> Guest:
        return self._guests.guest(keys, region, address)


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """The server's way to AWS: callers with given keys, its own keys, and the region that is configured."""

    guests: Guests
    own_keys: Callable[[], SessionKeys]
    configured_region: Callable[[], str]

    @classmethod
    def ambient(cls) -> AwsAccess:
        """Use the ambient credentials. botocore is loaded when it is first used: a server starts sooner."""
        return cls(_Ambient(), lambda: _aws().ambient_keys(), lambda: _aws().configured_region())
