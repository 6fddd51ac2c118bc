"""Matching criteria as a document has them, with the platform's own field names."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from leastway.registry import Criterion

__all__ = ["CriterionDocument", "criterion_of"]

_Word = Annotated[str, Field(min_length=1, max_length=256)]


class CriterionDocument(BaseModel):
    """When something is used: every field that is given must match, and `{}` always matches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: _Word | None = Field(default=None, description="The id of the application.")
    env_id: _Word | None = Field(default=None, description="The id of the environment.")
    env_type: _Word | None = Field(default=None, description="The type of the environment, such as production.")
    res_id: _Word | None = Field(default=None, description="The id of the resource in the deployment set.")
    resource_class: _Word = Field(default="default", alias="class", description="The class of the resource.")


def criterion_of(document: CriterionDocument) -> Criterion:
    """Return the criterion that a document describes."""
    return Criterion.parse(document.model_dump(by_alias=True))
