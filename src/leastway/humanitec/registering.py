"""What registering a grant with a platform changes, compared with what the platform shows, and the requests that do it.

Rules:
1. Nothing is deleted but criteria of a definition that is the grant's. Other objects are changed only with `adopt`.
2. Credentials and secrets cannot be read back. The platform itself checks those of an account that exists; they are
   sent again while the external id changes, and with `resend`.
3. An account comes before the definitions that use it; a criterion is added before others are removed, except where a
   definition gets it from another one, since a platform refuses the same criterion twice.
4. Each request can be repeated, so that an interrupted run is finished by the next one.

leastway's server also keeps the contracts of a grant; Humanitec does not, and then nothing is sent.

The name of a cloud account begins with the name of its grant: that marks it. A definition has no mark; it belongs to
the grant if its cloud account does, or if neither the definition nor the grant names one.
Source: Humanitec's API, `/orgs/{orgId}/resources/accounts` and `/orgs/{orgId}/resources/defs`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus

from leastway.errors import LeastwayError
from leastway.humanitec.accounts import compare_accounts
from leastway.humanitec.client import HumanitecApi, PlatformAnswer
from leastway.humanitec.definitions import compare_definitions
from leastway.humanitec.planned import (
    ACCOUNT,
    CONTRACT,
    FIX_OF_ANSWER,
    PlatformRequest,
    RegisteredObject,
    Registering,
    ToRegister,
    blocked,
)
from leastway.proof import ContractDocument

__all__ = ["carry_out", "compare"]

_NOT_KEPT = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


def compare(api: HumanitecApi, wanted: ToRegister) -> tuple[RegisteredObject, ...]:
    """Return the change of each object, in the order of the grant. Nothing is changed.

    Errors: LeastwayError if the platform does not answer, or refuses to show its objects.
    """
    accounts = tuple(compare_accounts(api, wanted))
    closed = {one.id for one in accounts if one.change is Registering.BLOCKED}
    contracts = tuple(compare_contracts(api, wanted.contracts))
    return (*accounts, *contracts, *(_waiting(one, closed) for one in compare_definitions(api, wanted)))


def _waiting(one: RegisteredObject, closed: Collection[str]) -> RegisteredObject:
    """Return a definition as blocked if its account is: it would not work, or would use an account of others."""
    if not one.requests or one.needs not in closed:
        return one
    return blocked(one.kind, one.id, (f"its cloud account {one.needs} is blocked", *one.differences), "")


def carry_out(
    api: HumanitecApi, planned: Collection[RegisteredObject]
) -> Iterator[tuple[RegisteredObject, LeastwayError | None]]:
    """Make the requests, and yield each object whose requests ended, with the error that stopped them.

    An object whose account failed is not touched. Errors of one object do not stop the others. What the platform warns
    of in its answers is in the `warnings` of the object that is yielded.
    """
    open_ = {(one.kind, one.id): len(one.requests) for one in planned if one.requests}
    failed: dict[tuple[str, str], LeastwayError] = {}
    warned: dict[tuple[str, str], tuple[str, ...]] = {}
    todo = sorted(((request.order, one, request) for one in planned for request in one.requests), key=lambda it: it[0])
    for _, one, request in todo:
        key = (one.kind, one.id)
        if key in failed:
            continue
        open_[key] -= 1
        try:
            if (ACCOUNT, one.needs) in failed:
                raise LeastwayError(
                    f"its cloud account {one.needs} was not registered",
                    where=f"{one.kind} {one.id}",
                    fix="correct that first, then run the same command again",
                )
            warned[key] = (*warned.get(key, ()), *_make(api, one, request))
        except LeastwayError as error:
            failed[key] = error
            yield one, error
            continue
        if not open_[key]:
            yield replace(one, warnings=tuple(dict.fromkeys(warned[key]))), None


def _make(api: HumanitecApi, one: RegisteredObject, request: PlatformRequest) -> Iterator[str]:
    """Make a request, and return what the platform warns of. Errors: LeastwayError."""
    answer = api.send(request.method, request.path, request.body)
    if answer.status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT):
        return _warnings(answer)
    if request.method == "DELETE" and answer.status == HTTPStatus.NOT_FOUND:
        return iter(())
    if request.method == "POST" and answer.status == HTTPStatus.CONFLICT:
        fix = f"run the same command again: it compares the {one.kind} with what is there now"
        if _is_of_criteria(answer):
            fix = "another definition of the same type has this criterion: remove it there, or change the grant's"
        raise api.refused(answer, request.path, fix)
    raise api.refused(answer, request.path, FIX_OF_ANSWER)


def _warnings(answer: PlatformAnswer) -> Iterator[str]:
    """Yield the warnings in an answer: leastway's server has them, Humanitec's API does not."""
    found = answer.body.get("warnings") if isinstance(answer.body, dict) else None
    yield from (text for text in found if isinstance(text, str)) if isinstance(found, list) else ()


def _is_of_criteria(answer: PlatformAnswer) -> bool:
    return isinstance(answer.body, list)


def compare_contracts(
    api: HumanitecApi, documents: Callable[[], Sequence[ContractDocument]]
) -> Iterator[RegisteredObject]:
    """Yield the change of each contract; nothing for a platform without contracts, where `documents` is not called."""
    path = api.path("contracts")
    answer = api.send("GET", path)
    if answer.status in _NOT_KEPT:
        return
    found = api.expect(answer, path, list, "a list of contracts", FIX_OF_ANSWER)
    there = {
        (str(one.get("grant")), str(one.get("account"))): one.get("digest") for one in found if isinstance(one, dict)
    }
    for document in documents():
        yield _contract(api, document, there.get((document.grant, document.contract.account)))


def _contract(api: HumanitecApi, document: ContractDocument, digest: object) -> RegisteredObject:
    account = document.contract.account
    identifier = f"{document.grant}/{account}"
    remarks = tuple(
        f"the text of {arn} is not known here, so the server treats it as allowing nothing: run with AWS credentials"
        for arn in sorted({arn for role in document.contract.roles.values() for arn in role.unread})
    )
    if digest == document.digest:
        return RegisteredObject(CONTRACT, identifier, Registering.NONE, remarks=remarks)
    path = api.path("contracts", document.grant, "accounts", account)
    request = PlatformRequest(0, "PUT", path, json.loads(document.content))
    change = Registering.CREATE if digest is None else Registering.CHANGE
    what = (
        f"digest {document.digest[:12]}"
        if digest is None
        else f"digest {str(digest)[:12]} becomes {document.digest[:12]}"
    )
    return RegisteredObject(CONTRACT, identifier, change, (what,), remarks, requests=(request,))
