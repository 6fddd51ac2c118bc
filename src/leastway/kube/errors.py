"""Errors for the refusals of an API server, with a fix for each.

Sources: Kubernetes API conventions, "Response Status Kind"; Kubernetes, "Privilege escalation prevention and
bootstrapping"; EKS User Guide, "Unauthorized or access denied (kubectl)".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from leastway.errors import LeastwayError
from leastway.ports import AlreadyThereError, CredentialsRejectedError, UnreadableAnswerError

__all__ = [
    "AdmissionError",
    "ConflictError",
    "ForbiddenError",
    "InvalidError",
    "NotFoundError",
    "ProxyRefusedError",
    "UnavailableError",
    "refusal",
    "unreadable",
]

_DENIED = re.compile(
    r'User "(?P<who>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_ESCALATION = "attempting to grant RBAC permissions not currently held"
_OF_A_USER = re.compile(r'(?i)\buser "')
_REFUSED_BY_POLICY = re.compile(
    r'\Aadmission webhook "[^"]*" denied the request|: ValidatingAdmissionPolicy .* denied request: '
)
_IS_ENDING = re.compile(r"unable to create new content in namespace \S+ because it is being terminated")
_IMMUTABLE = re.compile(
    r"field is immutable|is immutable after creation|may not change once set|updates to \w+ spec for fields"
)
_REPEATED_VALUE = re.compile(r"(?<= Invalid value: )[\w.*&\[\]]*(?=\{)")
_BRACE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]')
_LONGEST_VALUE = 200
"""Characters of a value that is repeated in an error."""
_NO_VERDICT = re.compile(r'failed calling webhook "(?P<webhook>[^"]*)"')
_TOO_LARGE = ("request is too large", "message larger than max")
"""What etcd says, which the API server passes on with the status 500."""


class NotFoundError(LeastwayError):
    """404: the object, or the namespace that it lives in, does not exist."""


class ForbiddenError(LeastwayError):
    """403: the caller is authenticated but not permitted."""


class AdmissionError(ForbiddenError):
    """The caller is permitted, but a quota, a policy or a webhook of the cluster refuses the object.

    The status is mostly 403, but a webhook chooses it freely: its 404 does not say that the object does not exist.
    """


class ConflictError(LeastwayError):
    """409: the object changed since it was read."""


class InvalidError(LeastwayError):
    """400, 405, 413, 415, 422: the caller is permitted, but the request is invalid, or too large."""


class UnavailableError(LeastwayError):
    """The cluster cannot be reached now, or its API server is busy or failing: the same request may succeed later."""


class ProxyRefusedError(UnavailableError):
    """The proxy or agent on the way does not allow this endpoint (403), and will not until somebody changes that."""


def unreadable(what: str, where: str) -> UnreadableAnswerError:
    """Return the error for an answer that is not from Kubernetes, or not the requested one."""
    fix = "check what is between this machine and the cluster: a proxy, a login page, an admission webhook"
    return UnreadableAnswerError(what, where=where, fix=fix)


def refusal(status: int, answer: Mapping[str, Any], where: str) -> LeastwayError:
    """Return the error for a status of 300 or more; `answer` is the Status object, or empty.

    Refusals that only Kubernetes can make (not found, not permitted) count only if the answer is a Status object: a
    proxy's own page uses 404 and 403 too. A redirect is not followed: it would come from a proxy or a login page, and
    asking again does not help.
    """
    message = str(answer.get("message") or f"the API server answered {status}").strip()
    if status in _SAID_BY_KUBERNETES and answer.get("kind") != "Status":
        return unreadable(f"HTTP {status} without a Kubernetes Status object", where)
    if status < 400:
        return unreadable(f"HTTP {status}: a redirect, which is not followed", where)
    match status:
        case _ if status not in _BUSY and _REFUSED_BY_POLICY.search(message) is not None:
            return AdmissionError(message, where=where, fix=_ASK)
        case 401:
            return CredentialsRejectedError("the cluster does not accept the token", where=where, fix=_NOT_ACCEPTED)
        case 403:
            return _forbidden(message, where)
        case 404:
            return _not_found(answer, message, where)
        case 409 if answer.get("reason") == "AlreadyExists":
            return AlreadyThereError(message, where=where, fix="plan again: the plan compares and adopts it")
        case 409:
            return ConflictError(
                message, where=where, fix="someone else is changing it too: run the same command again"
            )
        case 400 | 405 | 415 | 422:
            return _invalid(message, where)
        case 413:
            return _too_large(message, where)
        case _ if status in _BUSY:
            return UnavailableError(f"the API server is busy: {message}", where=where, fix="run the same command again")
        case _:
            return _failed(status, message, where)


_BUSY = frozenset({429, 503, 504})
_SAID_BY_KUBERNETES = frozenset({400, 403, 404, 405, 409, 415, 422})
_ASK = "a quota, a policy or a webhook of the cluster refuses it: ask who runs the cluster"
_ANOTHER_NAME = (
    "Kubernetes does not change this field of an object that exists: leave it as it was, give the object another name, "
    "or remove the object first"
)
_SMALLER = "keep an object below 1 MiB: divide it, or put what is large elsewhere"
_NOT_ACCEPTED = (
    "check that the principal has an access entry or an aws-auth mapping in this cluster, that the principal was not "
    "deleted and recreated after its access entry was created, and that this machine's clock is right"
)


def _forbidden(message: str, where: str) -> LeastwayError:
    if _IS_ENDING.search(message) is not None:
        return UnavailableError(message, where=where, fix="wait for the end of the namespace")
    if _ESCALATION in message:
        what = message.partition(":\n")[0].replace("\n", " ")
        fix = (
            "RBAC allows granting only rights that the caller holds through RBAC (rights from an EKS access policy do "
            "not count): get these rights, or the verb `escalate` on roles and `bind` on the bound role"
        )
        return ForbiddenError(what, where=where, fix=fix)
    found = _DENIED.search(message)
    if found is None and _OF_A_USER.search(message) is None:
        return AdmissionError(message, where=where, fix=_ASK)
    if found is None:
        return ForbiddenError(
            message, where=where, fix="run `leastway explain permissions-kubernetes` for what leastway needs"
        )
    resource = f"{found['resource']}.{found['group']}" if found["group"] else found["resource"]
    scope = f"in the namespace {found['namespace']}" if found["namespace"] else "in the whole cluster"
    page = "`leastway explain permissions-kubernetes` lists what leastway needs"
    return ForbiddenError(
        f"{found['who']} may not {found['verb']} {resource} {scope}",
        where=where,
        fix=f"allow {found['verb']} on {resource} {scope}; {page}",
    )


def _invalid(message: str, where: str) -> InvalidError:
    """Return the error without the values that an API server repeats: of a template, they are some kilobytes."""
    fix = _ANOTHER_NAME if _IMMUTABLE.search(message) is not None else None
    return InvalidError(f"the API server rejects the request: {_shortened(message)}", where=where, fix=fix)


def _shortened(message: str) -> str:
    """Return a message without its long values, which are JSON, or of Go in older versions."""
    short, at = "", 0
    while (value := _REPEATED_VALUE.search(message, at)) is not None:
        depth, end = 0, len(message)
        for one in _BRACE.finditer(message, value.end()):
            depth += {"{": 1, "}": -1}.get(one[0], 0)
            if depth == 0:
                end = one.end()
                break
        found = message[value.start() : end]
        short += message[at : value.start()] + ("{...}" if len(found) > _LONGEST_VALUE else found)
        at = end
    return short + message[at:]


def _too_large(message: str, where: str) -> InvalidError:
    return InvalidError(f"the object is too large: {message}", where=where, fix=_SMALLER)


def _failed(status: int, message: str, where: str) -> LeastwayError:
    if status == 500 and any(each in message for each in _TOO_LARGE):
        return _too_large(message, where)
    silent = _NO_VERDICT.search(message)
    fix = f"ask who runs the cluster why the webhook {silent['webhook']} does not answer" if silent else None
    return UnavailableError(f"the API server failed: {message}", where=where, fix=fix)


def _not_found(answer: Mapping[str, Any], message: str, where: str) -> NotFoundError:
    details = answer.get("details")
    if isinstance(details, Mapping) and details.get("kind") == "namespaces":
        namespace = details.get("name", "")
        return NotFoundError(
            f"namespace {namespace!r} does not exist",
            where=where,
            fix="create it first, or remove it from the grant: leastway does not create namespaces",
        )
    return NotFoundError(message, where=where)
