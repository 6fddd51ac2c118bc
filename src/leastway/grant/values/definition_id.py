"""Rule `definition-id`: the ids and types of resource definitions (Humanitec's API, `CreateResourceDefinition`)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["DefinitionId", "ResourceType"]

_SHAPE = "[a-z0-9][a-z0-9-]+[a-z0-9]"
_TYPE = "[a-z][a-z0-9-]*"


def _check(text: str) -> str:
    if re.fullmatch(_SHAPE, text):
        return text
    fix = "write at least three small letters, digits and -, which does not stand at an end"
    raise refusal("definition-id", f"{quote(text)} is no id that the platform takes", fix)


def _check_type(text: str) -> str:
    if re.fullmatch(_TYPE, text):
        return text
    fix = "write it as the platform does: s3, sqs, postgres, k8s-namespace"
    raise refusal("definition-id", f"{quote(text)} is no resource type", fix)


DefinitionId = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{_SHAPE}$"})]
ResourceType = Annotated[str, AfterValidator(_check_type), Field(json_schema_extra={"pattern": f"^{_TYPE}$"})]
