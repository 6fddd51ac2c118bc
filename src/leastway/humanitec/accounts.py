"""Cloud accounts: what registering them changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from leastway.humanitec.client import HumanitecApi
from leastway.humanitec.planned import (
    ACCOUNT,
    FIX_OF_ANSWER,
    FIX_OF_SECRET,
    CheckResult,
    PlatformRequest,
    RegisteredObject,
    Registering,
    ToRegister,
    blocked,
    missing_secrets,
)
from leastway.primitives import Secret
from leastway.registry import CloudAccount, PlatformSecret

__all__ = ["compare_accounts"]


def compare_accounts(api: HumanitecApi, wanted: ToRegister) -> Iterator[RegisteredObject]:
    """Yield the change of each account, then the accounts that are marked as the grant's and no longer in it."""
    listed = _accounts(api)
    for one in wanted.registrations.accounts:
        yield _account(api, wanted, one, listed)
    yield from _left_over(wanted, listed)


def _accounts(api: HumanitecApi) -> dict[str, Mapping[str, Any]]:
    path = api.path("resources", "accounts")
    found = api.expect(api.send("GET", path), path, list, "a list of cloud accounts", FIX_OF_ANSWER)
    return {one["id"]: one for one in found if isinstance(one, dict) and isinstance(one.get("id"), str)}


def _account(
    api: HumanitecApi, wanted: ToRegister, account: CloudAccount, listed: Mapping[str, Mapping[str, Any]]
) -> RegisteredObject:
    there = listed.get(account.id)
    body = {"name": account.name, "credentials": _filled(account.credentials, wanted.secrets)}
    missing = missing_secrets(account.credentials, wanted.secrets)
    if there is None:
        if missing:
            return blocked(ACCOUNT, account.id, missing, FIX_OF_SECRET)
        whole = {"id": account.id, "name": account.name, "type": account.type, "credentials": body["credentials"]}
        request = PlatformRequest(0, "POST", api.path("resources", "accounts"), whole)
        return RegisteredObject(ACCOUNT, account.id, Registering.CREATE, (f"type {account.type}",), requests=(request,))
    if there.get("type") != account.type:
        what = f"it exists with the type {there.get('type')!s}, and the grant needs {account.type}"
        fix = "delete it on the platform once nothing uses it, then run the same command again"
        return blocked(ACCOUNT, account.id, (what,), fix)
    if not _is_of_grant(there, wanted) and not wanted.adopt:
        what = f"it exists, and its name does not begin with {wanted.grant}: it may belong to others"
        return blocked(ACCOUNT, account.id, (what,), "check it, then run with --adopt")
    changes = ["name"] if there.get("name") != account.name else []
    check, remark = _checked(api, account)
    sends = wanted.resend or account.id in wanted.changing or not _is_of_grant(there, wanted)
    if sends and missing:
        return blocked(ACCOUNT, account.id, missing, FIX_OF_SECRET)
    if account.id in wanted.changing:
        changes.append("credentials (the external id is being changed)")
    elif sends:
        changes.append("credentials (sent again)")
    if not sends:
        body.pop("credentials")
    request = PlatformRequest(0, "PATCH", api.path("resources", "accounts", account.id), body)
    return RegisteredObject(
        ACCOUNT,
        account.id,
        Registering.CHANGE if changes else Registering.NONE,
        tuple(changes),
        (remark,),
        check=check,
        requests=(request,) if changes else (),
    )


def _checked(api: HumanitecApi, account: CloudAccount) -> tuple[CheckResult, str]:
    """Return what the platform's check of an account says, and a remark about it."""
    answer = api.send("POST", api.path("resources", "accounts", account.id, "actions", "check"))
    if answer.status == HTTPStatus.OK:
        role = account.credentials.get("aws_role")
        name = role.rpartition("/")[2] if isinstance(role, str) else ""
        arns = [text for text in _identity(answer.body) if ":assumed-role/" in text]
        if name and arns and not any(f":assumed-role/{name}/" in text for text in arns):
            return CheckResult.FAILS, f"the platform assumes {arns[0]} with it, not {role}: send its credentials again"
        return CheckResult.WORKS, "its credentials cannot be read back; the platform's check of them passes"
    said = f": {answer.message}" if answer.message else ""
    if answer.status == HTTPStatus.BAD_REQUEST:
        return CheckResult.FAILS, (
            f"the platform's check of its credentials fails{said}; apply the grant if the role is not installed,"
            " or send them again with --send-secrets"
        )
    return (
        CheckResult.UNKNOWN,
        f"its credentials cannot be compared: the platform's check answered {answer.status}{said}",
    )


def _identity(body: Any) -> Iterator[str]:
    fields = body.get("identity_fields") if isinstance(body, dict) else None
    for one in fields if isinstance(fields, list) else ():
        if isinstance(one, dict) and isinstance(one.get("value"), str):
            yield one["value"]


def _is_of_grant(there: Mapping[str, Any], wanted: ToRegister) -> bool:
    return str(there.get("name", "")).startswith(f"{wanted.grant}: ")


def _left_over(wanted: ToRegister, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[RegisteredObject]:
    ids = {one.id for one in wanted.registrations.accounts}
    for identifier, there in sorted(listed.items()):
        if identifier not in ids and _is_of_grant(there, wanted):
            remark = "its name says that it is the grant's, which does not have it: delete it once nothing uses it"
            yield RegisteredObject(ACCOUNT, identifier, Registering.LEFT_OVER, remarks=(remark,))


def _filled(credentials: Mapping[str, str | PlatformSecret], secrets: Mapping[str, Secret]) -> dict[str, Any]:
    return {
        name: secrets.get(one.name) if isinstance(one, PlatformSecret) else Secret(one)
        for name, one in credentials.items()
    }
