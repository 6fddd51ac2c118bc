"""Who the server itself is on AWS, for a person, compared with the principal that customers admit."""

from __future__ import annotations

from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.primitives import Arn
from leastway.service.server import Server

__all__ = ["OwnIdentityReport", "report_own_identity"]


@dataclass(frozen=True, slots=True)
class OwnIdentityReport:
    """The lines to tell; `is_expected` is None if the identity is unknown."""

    lines: tuple[str, ...]
    is_expected: bool | None


def report_own_identity(server: Server) -> OwnIdentityReport:
    """Ask AWS who the server is. May take half a minute without a network."""
    own, expected = server.brokerage.own, server.platform.aws_principal
    try:
        caller = own.caller()
    except LeastwayError as error:
        why = f"the server's own AWS identity is unknown: {error}"
        return OwnIdentityReport((why, "accounts of type aws-role cannot be used until it is known"), None)
    lines = [f"the server's AWS identity is {caller.arn}"]
    is_expected = _principal(caller.arn) == str(expected.without_path())
    if not is_expected:
        lines.append(
            f"customers whose grant follows the profile {server.platform.name} admit {expected} instead, so this "
            "identity cannot assume their roles"
        )
    if own.is_session:
        lines.append("it is a role's session, so the sessions that it makes last at most one hour")
    return OwnIdentityReport(tuple(lines), is_expected)


def _principal(arn: str) -> str:
    """Return the user or role behind an identity, without a path, which sessions do not show."""
    parsed = Arn.parse(arn)
    if parsed.resource_type == "assumed-role":
        return f"arn:{parsed.partition}:iam::{parsed.account}:role/{parsed.resource.split('/')[1]}"
    return str(parsed.without_path())
