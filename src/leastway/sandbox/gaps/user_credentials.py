"""SSH keys, signing certificates and service-specific credentials of a user.

AWS (IAM API Reference, UploadSSHPublicKey, UploadSigningCertificate, CreateServiceSpecificCredential and their List and
Delete): a user may have them, and whoever removes the user must remove them first. ministack: does not have the nine
operations.

Here a key or a certificate is kept as it was sent, and opens nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from leastway.sandbox.gaps.iam_api import Answer, Params, argument, iam_error
from leastway.sandbox.process.engine import Gap, require

__all__ = ["credentials_of", "gap"]

gap = Gap()
_MEMBER = "_credentials"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of credential, by the names that its operations have for it."""

    create: str
    name: str
    plural: str
    """The member of the list's answer."""
    words: str
    """In the refusal to delete the user."""
    prefix: str
    """Of the ids."""
    sent: str
    """The parameter that is kept and shown again."""
    date: str = "UploadDate"

    @property
    def identity(self) -> str:
        """Return the parameter and the member that hold the id."""
        return f"{self.name.removeprefix('Signing')}Id"


_KINDS = (
    _Kind(
        "UploadSigningCertificate",
        "SigningCertificate",
        "Certificates",
        "signing certificates",
        "",
        "CertificateBody",
    ),
    _Kind("UploadSSHPublicKey", "SSHPublicKey", "SSHPublicKeys", "SSH public keys", "APKA", "SSHPublicKeyBody"),
    _Kind(
        "CreateServiceSpecificCredential",
        "ServiceSpecificCredential",
        "ServiceSpecificCredentials",
        "service-specific credentials",
        "ACCA",
        "ServiceName",
        "CreateDate",
    ),
)


def credentials_of(user: dict[str, Any]) -> list[str]:
    """Return the words for the kinds of credential that the user has."""
    return [kind.words for kind in _KINDS if user.get(_MEMBER, {}).get(kind.name)]


def _held(kind: _Kind, params: Params) -> dict[str, dict[str, str]] | None:
    """Return what the user has of the kind, by id; None when there is no such user."""
    user = require("services.iam", "_users").get(argument(params, "UserName"))
    if user is None:
        return None
    held: dict[str, dict[str, str]] = user.setdefault(_MEMBER, {}).setdefault(kind.name, {})
    return held


def _missing(what: str) -> Answer:
    return iam_error(404, "NoSuchEntity", f"The {what} cannot be found.")


def _answer(action: str, result: str) -> Answer:
    inner = f"<{action}Result>{result}</{action}Result>" if result else ""
    answer: Answer = require("services.iam", "_xml")(200, f"{action}Response", inner)
    return answer


def _xml(members: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())


def _create(kind: _Kind, params: Params) -> Answer:
    held = _held(kind, params)
    if held is None:
        return _missing(f"user with name {argument(params, 'UserName')}")
    identity = kind.prefix + uuid.uuid4().hex.upper()[:24]
    held[identity] = {
        "UserName": argument(params, "UserName"),
        kind.identity: identity,
        kind.sent: argument(params, kind.sent),
        "Status": "Active",
        kind.date: require("services.iam", "_now")(),
    }
    shown = kind.name.removeprefix("Signing")
    return _answer(kind.create, f"<{shown}>{_xml(held[identity])}</{shown}>")


def _list(kind: _Kind, params: Params) -> Answer:
    held = _held(kind, params)
    if held is None:
        return _missing(f"user with name {argument(params, 'UserName')}")
    members = "".join(f"<member>{_xml(one)}</member>" for one in held.values())
    listed = f"<{kind.plural}>{members}</{kind.plural}><IsTruncated>false</IsTruncated>"
    return _answer(f"List{kind.name}s", listed)


def _delete(kind: _Kind, params: Params) -> Answer:
    identity = argument(params, kind.identity)
    if (_held(kind, params) or {}).pop(identity, None) is None:
        return _missing(f"{kind.name} with id {identity}")
    return _answer(f"Delete{kind.name}", "")


for each in _KINDS:
    gap.answer(each.create)(partial(_create, each))
    gap.answer(f"List{each.name}s")(partial(_list, each))
    gap.answer(f"Delete{each.name}")(partial(_delete, each))
