"""A PATCH request: which of the four patches it is, by its media type."""

from __future__ import annotations

from leastway.sandbox.kube.body import media_type, parse_json, parse_object
from leastway.sandbox.kube.connection import Request
from leastway.sandbox.kube.patch.json_patch import JsonPatchError, apply_json_patch
from leastway.sandbox.kube.patch.merge_patch import apply_merge_patch
from leastway.sandbox.kube.patch.strategic import apply_strategic_patch
from leastway.sandbox.kube.status import ApiError, bad_request, unsupported_media_type
from leastway.sandbox.kube.writes import Target, Writes, Written

__all__ = ["patch_object"]

_JSON = "application/json-patch+json"
_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
_APPLY = "application/apply-patch+yaml"


def patch_object(writes: Writes, target: Target, request: Request) -> Written:
    """Patch the object `target` as `request` wants."""
    match media_type(request):
        case kind if kind == _APPLY:
            if "fieldManager" not in request.query:
                problem = "fieldManager: Required value: is required for apply patch"
                raise ApiError(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {problem}')
            return writes.apply(target, parse_object(request))
        case kind if kind in (_MERGE, _STRATEGIC):
            patch = parse_json(request)
            if not isinstance(patch, dict):
                raise bad_request("the patch is no object")
            if kind == _MERGE:
                return writes.patch(target, lambda before: apply_merge_patch(before, patch))
            return writes.patch(target, lambda before: apply_strategic_patch(target.kind.schema, before, patch))
        case kind if kind == _JSON:
            operations = parse_json(request)
            try:
                return writes.patch(target, lambda before: apply_json_patch(before, operations))
            except JsonPatchError:
                raise ApiError(
                    422, "Invalid", "the server rejected our request due to an error in our request"
                ) from None
        case kind:
            raise unsupported_media_type(kind, (_JSON, _MERGE, _STRATEGIC, _APPLY))
