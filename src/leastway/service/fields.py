"""What many requests share: checks of ids, names, descriptions and criteria, and the names in a refusal.

Errors name the field, and not its value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from leastway.errors import InvalidInputError
from leastway.registry import BUILT_IN_TYPES, Criterion, is_identifier
from leastway.store import Transaction
from leastway.tenants import MOST_CHARACTERS, is_organization_id

__all__ = [
    "check_criterion",
    "check_description",
    "check_identifier",
    "check_name",
    "check_short_id",
    "first_few",
    "is_known_type",
]

_LONGEST_ID = 63
_FEW = 5
_LONGEST_NAME = 100
_LONGEST_DESCRIPTION = 2000
_LONGEST_CLASS = 63
_CLASS = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_RESOURCE = re.compile(r"[!-~]{1,256}")


def check_identifier(identifier: str, where: str = "id") -> None:
    """Errors: InvalidInputError if it cannot be the id of a cloud account, a definition or a driver."""
    if not is_identifier(identifier) or len(identifier) > _LONGEST_ID:
        fix = f"use 3 to {_LONGEST_ID} lower-case letters, digits and hyphens"
        raise InvalidInputError("it is not a valid id", where=where, fix=fix)


def is_known_type(transaction: Transaction, organization: str, type_id: str) -> bool:
    """Return whether a resource type is built in, or the organization's own."""
    return type_id in BUILT_IN_TYPES or transaction.resource_types.find_type(organization, type_id) is not None


def first_few(names: Sequence[str]) -> str:
    """Return the first names of a list that may be long."""
    return ", ".join(names[:_FEW]) + (", ..." if len(names) > _FEW else "")


def check_short_id(identifier: str, where: str = "id") -> None:
    """Errors: InvalidInputError if it cannot be the id of an application, environment, environment type or agent."""
    if not is_organization_id(identifier):
        fix = f"use 2 to {MOST_CHARACTERS} lower-case letters, digits and single hyphens"
        raise InvalidInputError("it is not a valid id", where=where, fix=fix)


def check_name(name: str, where: str = "name") -> None:
    """Errors: InvalidInputError if the name is empty, too long, or cannot be shown in one line."""
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInputError(
            "it is not a valid name", where=where, fix=f"use 1 to {_LONGEST_NAME} characters that print"
        )


def check_description(text: str, where: str = "description") -> None:
    """Errors: InvalidInputError if the text is too long, or has characters that are neither text nor line breaks."""
    if len(text) > _LONGEST_DESCRIPTION or not all(line.isprintable() for line in text.splitlines()):
        fix = f"use at most {_LONGEST_DESCRIPTION} characters that print, and line breaks"
        raise InvalidInputError("it is not a valid description", where=where, fix=fix)


def check_criterion(criterion: Criterion) -> None:
    """Errors: InvalidInputError whose `where` is the field that cannot be an id."""
    for name in ("app_id", "env_id", "env_type"):
        if text := getattr(criterion, name):
            check_short_id(text, name)
    if criterion.res_id and _RESOURCE.fullmatch(criterion.res_id) is None:
        fix = "use at most 256 printable characters without spaces, or leave it out"
        raise InvalidInputError("it is not the id of a resource", where="res_id", fix=fix)
    if _CLASS.fullmatch(criterion.resource_class) is None or len(criterion.resource_class) > _LONGEST_CLASS:
        raise InvalidInputError(
            "it is not a valid class", where="class", fix="use lower-case letters, digits and hyphens"
        )
