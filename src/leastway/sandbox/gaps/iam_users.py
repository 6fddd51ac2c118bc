"""Users: their access keys, their other credentials, and their deletion.

Access keys belong to one user.

AWS (IAM API Reference, ListAccessKeys, DeleteAccessKey, UpdateAccessKey): a call for the keys of a user that does not
exist, or for a key of another user, is NoSuchEntity. ministack: a user that does not exist has an empty list of keys,
and a key can be deleted under any user's name.

The last use of an access key.

AWS (IAM API Reference, GetAccessKeyLastUsed): returns date, service and region of the last signed request.
ministack: reports every key as never used.

SSH keys, signing certificates and service-specific credentials of a user.

AWS (IAM API Reference, UploadSSHPublicKey, UploadSigningCertificate, CreateServiceSpecificCredential and their List and
Delete operations): a user can have them, and they must be deleted before the user. ministack: does not have the nine
operations.

The sandbox stores a key or certificate as it was sent; it gives no access.

What must be deleted before a user can be deleted.

AWS (IAM API Reference, DeleteUser): a user with a password, an MFA device, inline policies, group memberships or
credentials of any type cannot be deleted: DeleteConflict. ministack: checks access keys and attached policies only, and
the inline policies of a deleted user return with the next user of that name.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from leastway.sandbox.gaps.iam_api import IamAnswer, IamHandler, Params, argument, iam_answer, iam_error, missing
from leastway.sandbox.process.engine import Function, answer, change, check, handle, iam, require

_USE = "_LastUsed"
_CREDENTIALS = "_credentials"


@check("CreateAccessKey", "ListAccessKeys", "DeleteAccessKey", "UpdateAccessKey")
def _own_key(params: Params) -> IamAnswer | None:
    user, key = argument(params, "UserName"), argument(params, "AccessKeyId")
    if user and user not in iam("_users"):
        return missing("user with name", user)
    record = iam("_access_keys").get(key)
    return missing("Access Key with id", key) if user and record is not None and record["UserName"] != user else None


@change("core.iam_evaluator", "enforce")
def _enforce(
    original: Function, access_key: str, action: str, service: str, region: str, *rest: Any, **context: Any
) -> Any:
    verdict = original(access_key, action, service, region, *rest, **context)
    record = iam("_access_keys").get(access_key)
    if record is not None and not isinstance(verdict, require("core.iam_evaluator", "AuthError")):
        record[_USE] = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), service, region)
    return verdict


@handle("GetAccessKeyLastUsed")
def _last_used(original: IamHandler, params: Params) -> IamAnswer:
    key = iam("_access_keys").get(argument(params, "AccessKeyId"))
    status, headers, body = original(params)
    if key is None or _USE not in key:
        return status, headers, body
    date, service, region = key[_USE]
    never = b"<Region>N/A</Region><ServiceName>N/A</ServiceName>"
    used = f"<LastUsedDate>{date}</LastUsedDate><Region>{region}</Region><ServiceName>{service}</ServiceName>"
    return status, headers, body.replace(never, used.encode())


class _Sort(NamedTuple):
    """One sort of credential, with the operations `<verb><name>`, `List<name>s` and `Delete<name>`.

    `words` is its name in DeleteConflict messages, `prefix` begins its ids, and `sent` is the parameter that is stored
    and returned.
    """

    verb: str
    name: str
    words: str
    prefix: str
    sent: str

    @property
    def member(self) -> str:
        """The member of a response with one credential; followed by `Id`, the member and parameter with its id."""
        return self.name.removeprefix("Signing")


_SORTS = (
    _Sort("Upload", "SigningCertificate", "signing certificates", "", "CertificateBody"),
    _Sort("Upload", "SSHPublicKey", "SSH public keys", "APKA", "SSHPublicKeyBody"),
    _Sort("Create", "ServiceSpecificCredential", "service-specific credentials", "ACCA", "ServiceName"),
)
_SORT_OF = {
    action: sort for sort in _SORTS for action in (sort.verb + sort.name, f"List{sort.name}s", f"Delete{sort.name}")
}


@answer(*_SORT_OF)
def _credentials(params: Params) -> IamAnswer:
    action, name = argument(params, "Action"), argument(params, "UserName")
    sort, user = _SORT_OF[action], iam("_users").get(name)
    if user is None:
        return missing("user with name", name)
    held: dict[str, dict[str, str]] = user.setdefault(_CREDENTIALS, {}).setdefault(sort.name, {})
    identity = argument(params, f"{sort.member}Id")
    if action.startswith("List"):
        members = "".join(_element("member", _members(one)) for one in held.values())
        return iam_answer(params, _element(f"{sort.member}s", members) + _element("IsTruncated", "false"))
    if action.startswith("Delete"):
        return missing(sort.name, identity) if held.pop(identity, None) is None else iam_answer(params)
    identity = sort.prefix + uuid.uuid4().hex.upper()[:24]
    held[identity] = {
        "UserName": name,
        f"{sort.member}Id": identity,
        sort.sent: argument(params, sort.sent),
        "Status": "Active",
        f"{sort.verb}Date": iam("_now")(),
    }
    return iam_answer(params, _element(sort.member, _members(held[identity])))


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def _members(record: dict[str, str]) -> str:
    return "".join(_element(name, escape(value)) for name, value in record.items())


@check("DeleteUser")
def _delete(params: Params) -> IamAnswer | None:
    name = argument(params, "UserName")
    user = iam("_users").get(name)
    first = next(_in_the_way(name, user), None) if user is not None else None
    return iam_error(409, "DeleteConflict", f"Cannot delete entity, must {first} first.") if first else None


def _in_the_way(name: str, user: dict[str, Any]) -> Iterator[str]:
    """Yield the actions that are required before the user can be deleted."""
    if name in iam("_login_profiles"):
        yield "delete login profile"
    if any(device["User"] == name for device in iam("_mfa_devices").values()):
        yield "delete MFA device"
    if iam("_user_inline_policies").get(name):
        yield "delete policies"
    if any(name in group.get("Users", ()) for group in iam("_groups").values()):
        yield "remove users from group"
    held = user.get(_CREDENTIALS, {})
    yield from (f"delete {sort.words}" for sort in _SORTS if held.get(sort.name))
