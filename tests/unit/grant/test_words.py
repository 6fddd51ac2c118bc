"""Every type of finding that pydantic can report about our documents has a message of ours.

The types are read from the compiled schema of each document, so that a new field with a finding without a message fails
here, and not when a person makes a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic_core.core_schema import ErrorType

from leastway.grant.definition_document import DefinitionDocument
from leastway.grant.document import GrantDocument
from leastway.grant.profile_document import ProfileDocument
from leastway.grant.rbac_rules import ManifestDocument, RuleListDocument
from leastway.grant.structure import WORDED

DOCUMENTS = [GrantDocument, ProfileDocument, DefinitionDocument, ManifestDocument, RuleListDocument]

# The findings of each kind of schema for the types of YAML (dict, list, str, int, float, bool, None), by the constraint
# that must be set, if any.
BY_KIND: Mapping[str, Mapping[str, set[str]]] = {
    "model": {"": {"model_type"}},
    "model-fields": {"": {"missing"}, "extra_behavior": {"extra_forbidden"}},
    "model-field": {},
    "default": {},
    "nullable": {},
    "any": {},
    "definitions": {},
    "definition-ref": {},
    "function-after": {},
    "tagged-union": {"": {"union_tag_not_found", "union_tag_invalid"}},
    "literal": {"": {"literal_error"}},
    "bool": {"": {"bool_type"}},
    "int": {"": {"int_type"}, "ge": {"greater_than_equal"}, "le": {"less_than_equal"}},
    "str": {"": {"string_type"}, "min_length": {"string_too_short"}, "max_length": {"string_too_long"}},
    "list": {"": {"list_type"}, "min_length": {"too_short"}, "max_length": {"too_long"}},
    "dict": {"": {"dict_type"}, "max_length": {"too_long"}},
}
ALWAYS_TAGGED = {"#name", "#reference"}
"""The tags of a union whose discriminator always finds one, so that there is never a finding about the tag."""
SILENT = {"type", "ref", "serialization", "metadata", "schema_ref", "cls", "config", "root_model", "custom_init"}
SILENT |= {"model_name", "computed_fields", "post_init", "default", "default_factory", "validate_default", "strict"}
SILENT |= {"function", "discriminator", "from_attributes", "validation_alias", "expected", "schema", "fields"}
SILENT |= {
    "serialization_alias",
    "custom_error_type",
    "custom_error_message",
    "custom_error_context",
    "items_schema",
    "keys_schema",
    "values_schema",
    "definitions",
    "choices",
    "copy_default",
    "frozen",
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.__name__)
def test_every_possible_finding_about_a_document_has_a_message(document: type[BaseModel]) -> None:
    raised = set(_raised(document.__pydantic_core_schema__))
    assert raised <= set(get_args(ErrorType)), "pydantic renamed one of them"
    assert raised - WORDED == set()


def test_every_document_that_the_sources_read_is_covered() -> None:
    known = {each for document in DOCUMENTS for each in (document, *document.__mro__)}
    read = set(_documents())
    assert read <= known, "add it to DOCUMENTS"


def _documents() -> Iterator[type[BaseModel]]:
    """Yield each class with which the sources call `read_document`."""
    import importlib
    import re
    from pathlib import Path

    import leastway.grant

    for path in Path(leastway.grant.__file__ or "").parent.rglob("*.py"):
        for name in re.findall(r"= read_document\([^\n]*, (\w+)\)", path.read_text()):
            yield getattr(importlib.import_module(f"leastway.grant.{path.stem}"), name)


def _raised(schema: Any) -> Iterator[str]:
    """Yield the types of the findings of a schema and of everything in it."""
    if isinstance(schema, list | tuple):
        for each in schema:
            yield from _raised(each)
        return
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if isinstance(kind, str):
        assert kind in BY_KIND, f"add the findings of schemas of kind {kind}"
        by_constraint = BY_KIND[kind]
        for constraint, value in schema.items():
            known = constraint in by_constraint or constraint in SILENT or not value
            assert known, f"add the findings of the constraint {constraint} of {kind}"
        for constraint, found in by_constraint.items():
            if kind == "tagged-union" and ("custom_error_type" in schema or set(schema["choices"]) <= ALWAYS_TAGGED):
                continue
            if not constraint or schema.get(constraint) not in (None, "ignore"):
                yield from found
    for name, value in schema.items():
        if name not in ("metadata", "serialization", "default", "expected", "function", "discriminator"):
            yield from _raised(value)
