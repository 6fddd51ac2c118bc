"""Refusals, as Kubernetes words them: an HTTP code and a `Status` object.

Source of the shapes and of the messages: Kubernetes API conventions, "Response Status Kind", and what a
kube-apiserver answers. Clients match on `reason` and `details.causes`; kubectl prints `message`.
"""

from __future__ import annotations

import json
from typing import Any

from leastway.sandbox.kube.connection import BODY_LIMIT
from leastway.sandbox.kube.kinds import Kind
from leastway.sandbox.kube.ownership.leaves import Path, in_order
from leastway.sandbox.kube.ownership.managers import Manager, Owners

__all__ = [
    "ApiError",
    "already_exists",
    "apply_conflict",
    "bad_request",
    "conflict",
    "forbidden",
    "invalid",
    "invalid_patch",
    "method_not_allowed",
    "not_found",
    "path_not_found",
    "success",
    "too_large",
    "unauthorized",
    "unsupported_media_type",
]


class ApiError(Exception):
    """A refused request; `code` is the HTTP status, `body()` what is sent."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}

    def body(self) -> dict[str, Any]:
        """Return the Status object."""
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        return {key: value for key, value in status.items() if value or key == "metadata"}


def _details(kind: Kind, name: str) -> dict[str, Any]:
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in details.items() if value}


def success(kind: Kind, name: str, uid: str) -> dict[str, Any]:
    """Return the Status that a deletion is answered with."""
    details = {**_details(kind, name), "uid": uid}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def not_found(kind: Kind, name: str) -> ApiError:
    """There is no such object."""
    return ApiError(404, "NotFound", f'{kind.qualified} "{name}" not found', _details(kind, name))


def path_not_found() -> ApiError:
    """There is no such path or resource type."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def already_exists(kind: Kind, metadata: dict[str, Any]) -> ApiError:
    """An object with that `metadata` exists, or is about to go."""
    leaving = "object is being deleted: " if metadata.get("deletionTimestamp") else ""
    message = f'{leaving}{kind.qualified} "{metadata["name"]}" already exists'
    return ApiError(409, "AlreadyExists", message, _details(kind, metadata["name"]))


def conflict(kind: Kind, name: str, message: str, details: dict[str, Any] | None = None) -> ApiError:
    """The object is not as the client believed: `message` says how."""
    text = f'Operation cannot be fulfilled on {kind.qualified} "{name}": {message}'
    return ApiError(409, "Conflict", text, details or _details(kind, name))


def forbidden(kind: Kind | None, name: str, message: str) -> ApiError:
    """The user may not; `message` says who may not do what."""
    if kind is None:
        return ApiError(403, "Forbidden", f"forbidden: {message}")
    subject = f'{kind.qualified} "{name}"' if name else kind.qualified
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {message}", _details(kind, name))


def invalid(kind: Kind, name: str, *causes: tuple[str, str, str]) -> ApiError:
    """The object breaks a rule of its kind. A cause is a field, a reason such as `FieldValueInvalid`, and a text."""
    told = [f"{field}: {text}" for field, _, text in causes]
    problems = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    details = {**_details(kind, name), "kind": kind.kind}
    details["causes"] = [{"reason": reason, "message": text, "field": field} for field, reason, text in causes]
    subject = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    return ApiError(422, "Invalid", f'{subject} "{name}" is invalid: {problems}', details)


def invalid_patch(problem: str) -> ApiError:
    """What a patch makes of the object is no object of its kind."""
    cause = {"reason": "FieldValueInvalid", "message": f"Invalid value: {problem}", "field": "patch"}
    return ApiError(422, "Invalid", f' "" is invalid: patch: Invalid value: {problem}', {"causes": [cause]})


def bad_request(message: str) -> ApiError:
    """The request cannot be understood."""
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    """The token was refused; why is never told."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> ApiError:
    """The resource has no such verb."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def unsupported_media_type(media_type: str, accepted: tuple[str, ...]) -> ApiError:
    """The body is in a form that this path does not read."""
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", message, {"causes": [{"message": media_type}]} if media_type else None)


def too_large() -> ApiError:
    """The body is over the limit."""
    return ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {BODY_LIMIT}")


def apply_conflict(kind: Kind, owners: Owners) -> ApiError:
    """Others own fields that a server-side apply would change."""
    fields = {
        f'"{manager.name}"{_how(kind, manager)}': [_dotted(path) for path in sorted(paths, key=in_order)]
        for manager, paths in owners.items()
    }
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, paths in sorted(fields.items())
        for path in paths
    ]
    if len(causes) == 1:
        told = f"1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        lists = ("\n- ".join((f"conflicts with {manager}:", *paths)) for manager, paths in sorted(fields.items()))
        told = f"{len(causes)} conflicts: " + "\n".join(lists)
    return ApiError(409, "Conflict", f"Apply failed with {told}", {"causes": causes})


def _how(kind: Kind, manager: Manager) -> str:
    return "" if manager.operation == "Apply" else f" using {kind.api_version}"


def _dotted(path: Path) -> str:
    """Return a path as messages have it: `.data.a`, `.secrets[name="x"].name`."""
    text = ""
    for element in path:
        kind, _, rest = element.partition(":")
        if kind == "k":
            keys = ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(rest).items())
            text += f"[{keys}]"
        else:
            text += f"[={rest}]" if kind == "v" else f".{rest}"
    return text
