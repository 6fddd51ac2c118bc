"""Rule `definition-id`: the ids and types of resource definitions (Humanitec's API, `CreateResourceDefinition`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal
from leastway.registry import ID_SHAPE, TYPE_SHAPE, is_identifier, is_type

__all__ = ["DefinitionId", "DefinitionType"]


def _check(text: str) -> str:
    if is_identifier(text):
        return text
    fix = "write at least three lower-case letters, digits and inner hyphens"
    raise refusal("definition-id", f"{quote(text)} is not an id that the platform accepts", fix)


def _check_type(text: str) -> str:
    if is_type(text):
        return text
    fix = "write it as the platform does: s3, sqs, postgres, k8s-namespace"
    raise refusal("definition-id", f"{quote(text)} is not a valid resource type", fix)


DefinitionId = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{ID_SHAPE}$"})]
DefinitionType = Annotated[str, AfterValidator(_check_type), Field(json_schema_extra={"pattern": f"^{TYPE_SHAPE}$"})]
