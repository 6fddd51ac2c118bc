"""Matching criteria as they are written, in the platform's own words."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from leastway.registry import Criterion

__all__ = ["CriterionDocument", "criterion_of"]

_Word = Annotated[str, Field(min_length=1, max_length=256)]


class CriterionDocument(BaseModel):
    """When something is used: all that is named must match, and `{}` always does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: _Word | None = Field(default=None, description="The application.")
    env_id: _Word | None = Field(default=None, description="The environment.")
    env_type: _Word | None = Field(default=None, description="The environment's type, such as production.")
    res_id: _Word | None = Field(default=None, description="The resource in the deployment set.")
    resource_class: _Word = Field(default="default", alias="class", description="The resource's class.")


def criterion_of(document: CriterionDocument) -> Criterion:
    """Return what a criterion means."""
    return Criterion.parse(document.model_dump(by_alias=True))
