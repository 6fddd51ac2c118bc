"""Where a request comes from, as IAM sees it.

`X-Forwarded-For` names the address, so that a test can come in from anywhere; without it, a request comes from
127.0.0.1. A value that begins with `vpce-` stands for a VPC endpoint of that id: then `aws:SourceIp` is absent and
`aws:SourceVpce` is the id, as the IAM User Guide says ("AWS global condition context keys", aws:SourceIp).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

__all__ = ["VPC_ENDPOINT", "BadSourceError", "read_source"]

VPC_ENDPOINT = "vpce-"


class BadSourceError(ValueError):
    """The header holds neither an address nor a VPC endpoint's id."""


def read_source(scope: MutableMapping[str, Any], headers: dict[bytes, bytes]) -> str:
    """Return the address, or the id of the VPC endpoint, that the request comes from."""
    forwarded = headers.get(b"x-forwarded-for")
    if forwarded is None:
        return str(scope["client"][0])
    source = forwarded.decode("latin-1").partition(",")[0].strip()
    if source.startswith(VPC_ENDPOINT):
        return source
    try:
        return str(ipaddress.ip_address(source))
    except ValueError:
        raise BadSourceError(f"X-Forwarded-For names {source!r}: an address or a VPC endpoint (vpce-...)") from None
