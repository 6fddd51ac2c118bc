"""API errors as Kubernetes sends them: an HTTP code and a `Status` object.

Source of the shapes and of the messages: Kubernetes API conventions, "Response Status Kind", and the responses of a
kube-apiserver. Clients match on `reason` and `details`, and show `message`.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.kinds import KubeKind

__all__ = [
    "ApiError",
    "BrokenRule",
    "already_exists",
    "bad_request",
    "conflict",
    "forbidden",
    "invalid",
    "not_found",
    "success",
]

BrokenRule = tuple[str, str, str]
"""One broken rule: the field, a reason such as `FieldValueInvalid`, the text for people."""


class ApiError(Exception):
    """A refused request; `code` is the HTTP status, `body()` the response."""

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


def _details(kind: KubeKind, name: str) -> dict[str, Any]:
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in details.items() if value}


def success(kind: KubeKind, name: str, uid: str) -> dict[str, Any]:
    """Return the Status in the response to a deletion."""
    details = {**_details(kind, name), "uid": uid}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def not_found(kind: KubeKind, name: str) -> ApiError:
    """Return the error for an object that does not exist."""
    return ApiError(404, "NotFound", f'{kind.qualified} "{name}" not found', _details(kind, name))


def already_exists(kind: KubeKind, name: str) -> ApiError:
    """Return the error for a name that already exists."""
    return ApiError(409, "AlreadyExists", f'{kind.qualified} "{name}" already exists', _details(kind, name))


def conflict(kind: KubeKind, name: str, message: str) -> ApiError:
    """Return the error for an object that has changed; `message` says how."""
    text = f'Operation cannot be fulfilled on {kind.qualified} "{name}": {message}'
    return ApiError(409, "Conflict", text, _details(kind, name))


def forbidden(kind: KubeKind | None, name: str, message: str) -> ApiError:
    """Return the error for a denied request; `message` says who may not do what."""
    if kind is None:
        return ApiError(403, "Forbidden", f"forbidden: {message}")
    subject = f'{kind.qualified} "{name}"' if name else kind.qualified
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {message}", _details(kind, name))


def invalid(kind: KubeKind, name: str, *problems: BrokenRule) -> ApiError:
    """Return the error for an object that breaks rules of its kind."""
    messages = [f"{field}: {text}" for field, _, text in problems]
    causes = [{"reason": reason, "message": text, "field": field} for field, reason, text in problems]
    subject = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    text = messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]"
    details = {**_details(kind, name), "kind": kind.kind, "causes": causes}
    return ApiError(422, "Invalid", f'{subject} "{name}" is invalid: {text}', details)


def bad_request(message: str) -> ApiError:
    """Return the error for a request that cannot be parsed."""
    return ApiError(400, "BadRequest", message)
