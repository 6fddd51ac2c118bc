"""Contracts of the grant, for a platform that keeps them: leastway's server does, Humanitec does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus

from leastway.humanitec.client import HumanitecApi
from leastway.humanitec.planned import CONTRACT, FIX_OF_ANSWER, PlatformRequest, RegisteredObject, Registering
from leastway.proof import ContractDocument

__all__ = ["compare_contracts"]

_NOT_KEPT = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


def compare_contracts(
    api: HumanitecApi, documents: Callable[[], Sequence[ContractDocument]]
) -> Iterator[RegisteredObject]:
    """Yield the change of each contract; nothing for a platform without contracts, where `documents` is not called."""
    path = api.path("contracts")
    answer = api.send("GET", path)
    if answer.status in _NOT_KEPT:
        return
    if answer.status != HTTPStatus.OK or not isinstance(answer.body, list):
        raise api.refused(answer, path, FIX_OF_ANSWER)
    there = {(one.get("grant"), one.get("account")): one.get("digest") for one in answer.body if isinstance(one, dict)}
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
