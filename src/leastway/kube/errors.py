"""What an API server refuses, in words that name the way out.

Sources: Kubernetes API conventions, "Response Status Kind"; Kubernetes, "Privilege escalation prevention and
bootstrapping"; EKS User Guide, "Unauthorized or access denied (kubectl)".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from leastway.errors import LeastwayError
from leastway.ports import AlreadyThereError, UnreadableAnswerError

__all__ = ["ConflictError", "ForbiddenError", "InvalidError", "NotFoundError", "refusal", "unreadable"]

_DENIED = re.compile(
    r'User "(?P<who>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_ESCALATION = "attempting to grant RBAC permissions not currently held"


class NotFoundError(LeastwayError):
    """404: the object, or the namespace that it lives in, does not exist."""


class ForbiddenError(LeastwayError):
    """403: who asks is known, and may not."""


class ConflictError(LeastwayError):
    """409: the object is not as it was when it was read."""


class InvalidError(LeastwayError):
    """400, 405, 415, 422: who asks may, and what is asked breaks a rule."""


def unreadable(what: str, where: str) -> UnreadableAnswerError:
    """Return the error for an answer that is not Kubernetes', or not the one that was asked for."""
    fix = "see what stands between here and the cluster: a proxy, a login page, an admission webhook"
    return UnreadableAnswerError(what, where=where, fix=fix)


def refusal(status: int, answer: Mapping[str, Any], where: str) -> LeastwayError:
    """Return the error for a status of 300 or more; `answer` is the Status object as far as there is one.

    What only Kubernetes can say (that something is not there, or not permitted) is believed from a Status alone: a
    proxy's own page says 404 and 403 too.
    """
    message = str(answer.get("message") or f"the API server answered {status}").strip()
    if status in _SAID_BY_KUBERNETES and answer.get("kind") != "Status":
        return unreadable(f"HTTP {status}, and no word of Kubernetes about it", where)
    match status:
        case 401:
            return LeastwayError("the cluster does not accept the token", where=where, fix=_NOT_ACCEPTED)
        case 403:
            return _forbidden(message, where)
        case 404:
            return _not_found(answer, message, where)
        case 409 if answer.get("reason") == "AlreadyExists":
            return AlreadyThereError(message, where=where, fix="plan again: it is compared and adopted")
        case 409:
            return ConflictError(message, where=where, fix="somebody else changes it too: run the same command again")
        case 400 | 405 | 415 | 422:
            return InvalidError(f"the API server refuses: {message}", where=where)
        case 429 | 503 | 504:
            return LeastwayError(f"the API server is busy: {message}", where=where, fix="run the same command again")
        case _:
            return LeastwayError(f"the API server fails: {message}", where=where)


_SAID_BY_KUBERNETES = frozenset({400, 403, 404, 405, 409, 415, 422})
_NOT_ACCEPTED = (
    "see that the principal has an access entry or an aws-auth mapping in this cluster, that it was not deleted and "
    "made again since its entry was made, and that this machine's clock is right"
)


def _forbidden(message: str, where: str) -> ForbiddenError:
    if _ESCALATION in message:
        what = message.partition(":\n")[0].replace("\n", " ")
        fix = (
            "RBAC lets nobody give what she does not hold by RBAC herself (rights from an EKS access policy do not "
            "count): hold these rights, or the verb `escalate` on roles and `bind` on the bound role"
        )
        return ForbiddenError(what, where=where, fix=fix)
    found = _DENIED.search(message)
    if found is None:
        return ForbiddenError(message, where=where, fix="see docs/permissions-kubernetes.md for what leastway needs")
    resource = f"{found['resource']}.{found['group']}" if found["group"] else found["resource"]
    scope = f"in the namespace {found['namespace']}" if found["namespace"] else "in the whole cluster"
    return ForbiddenError(
        f"{found['who']} may not {found['verb']} {resource} {scope}",
        where=where,
        fix=f"permit {found['verb']} on {resource} {scope}; docs/permissions-kubernetes.md lists what leastway needs",
    )


def _not_found(answer: Mapping[str, Any], message: str, where: str) -> NotFoundError:
    details = answer.get("details")
    if isinstance(details, Mapping) and details.get("kind") == "namespaces":
        namespace = details.get("name", "")
        return NotFoundError(
            f"there is no namespace {namespace!r}",
            where=where,
            fix="make it first, or take it out of the grant: leastway makes no namespaces",
        )
    return NotFoundError(message, where=where)
