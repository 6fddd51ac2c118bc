"""SSH keys, signing certificates and service-specific credentials of a user.

AWS (IAM API Reference, UploadSSHPublicKey, UploadSigningCertificate, CreateServiceSpecificCredential and their List and
Delete operations): a user can have them, and they must be deleted before the user. ministack: does not have the nine
operations.

The sandbox stores a key or certificate as it was sent; it gives no access.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_error
from leastway.sandbox.process.engine import answer, iam

__all__ = ["credentials_of"]

_MEMBER = "_credentials"


@dataclass(frozen=True, slots=True)
class _Sort:
    """One sort of credential, with the names that its operations use."""

    create: str
    name: str
    plural: str
    """The member in the response of the List operation."""
    words: str
    """The name in DeleteConflict messages."""
    prefix: str
    """The prefix of the ids."""
    sent: str
    """The parameter that is stored and returned again."""
    date: str = "UploadDate"

    @property
    def shown(self) -> str:
        """Return the member with one credential; followed by `Id`, the parameter and member with its id."""
        return self.name.removeprefix("Signing")


_CERTIFICATE, _KEY, _SERVICE = "SigningCertificate", "SSHPublicKey", "ServiceSpecificCredential"
_SORTS = (
    _Sort("UploadSigningCertificate", _CERTIFICATE, "Certificates", "signing certificates", "", "CertificateBody"),
    _Sort("UploadSSHPublicKey", _KEY, f"{_KEY}s", "SSH public keys", "APKA", "SSHPublicKeyBody"),
    _Sort(
        f"Create{_SERVICE}",
        _SERVICE,
        f"{_SERVICE}s",
        "service-specific credentials",
        "ACCA",
        "ServiceName",
        "CreateDate",
    ),
)


def credentials_of(user: dict[str, Any]) -> list[str]:
    """Return the names of the sorts of credential that the user has."""
    return [sort.words for sort in _SORTS if user.get(_MEMBER, {}).get(sort.name)]


_Held = dict[str, dict[str, str]]
"""A user's credentials of one sort, by id."""


def _create(sort: _Sort, held: _Held, params: Params) -> str:
    identity = sort.prefix + uuid.uuid4().hex.upper()[:24]
    held[identity] = {
        "UserName": argument(params, "UserName"),
        f"{sort.shown}Id": identity,
        sort.sent: argument(params, sort.sent),
        "Status": "Active",
        sort.date: iam("_now")(),
    }
    return _element(sort.shown, _members(held[identity]))


def _list(sort: _Sort, held: _Held, _params: Params) -> str:
    members = "".join(_element("member", _members(one)) for one in held.values())
    return _element(sort.plural, members) + _element("IsTruncated", "false")


def _delete(sort: _Sort, held: _Held, params: Params) -> str | None:
    return None if held.pop(argument(params, f"{sort.shown}Id"), None) is None else ""


_OPERATIONS = {
    action: (operation, sort)
    for sort in _SORTS
    for action, operation in (
        (sort.create, _create),
        (f"List{sort.name}s", _list),
        (f"Delete{sort.name}", _delete),
    )
}


@answer(*_OPERATIONS)
def _answer(params: Params) -> IamAnswer:
    action, name = argument(params, "Action"), argument(params, "UserName")
    operation, sort = _OPERATIONS[action]
    user = iam("_users").get(name)
    if user is None:
        return iam_error(404, "NoSuchEntity", f"The user with name {name} cannot be found.")
    result = operation(sort, user.setdefault(_MEMBER, {}).setdefault(sort.name, {}), params)
    if result is None:
        return iam_error(404, "NoSuchEntity", f"The {sort.name} cannot be found.")
    response: IamAnswer = iam("_xml")(200, f"{action}Response", _element(f"{action}Result", result))
    return response


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def _members(record: dict[str, str]) -> str:
    return "".join(_element(name, escape(value)) for name, value in record.items())
