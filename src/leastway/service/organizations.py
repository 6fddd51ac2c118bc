"""New organizations: each begins with one owner, whose token is told once, and one environment type.

Creating one takes access to the server's store: it is a command on the server's machine, and not a path of its API.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from leastway.audit import Actor, Entry
from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import FIRST_ENVIRONMENT_TYPE, EnvironmentType
from leastway.store import ConflictError, PlatformStore
from leastway.tenants import NewToken, Organization, Role, Token, User, UserKind, is_organization_id

__all__ = ["FIRST_TOKEN", "check_organization_id", "create_organization", "read_organization"]

FIRST_TOKEN = "first"  # noqa: S105 - the id of a token, which is public


def check_organization_id(identifier: str) -> None:
    """Errors: InvalidInputError if the id of an organization is not valid."""
    if not is_organization_id(identifier):
        raise InvalidInputError(
            f"{identifier!r} is not a valid organization id",
            fix="use 2 to 50 lower-case letters, digits and single hyphens",
        )


def create_organization(store: PlatformStore, identifier: str, tell: Callable[[Secret], None]) -> None:
    """Create an organization with an owner, and `tell` the owner's token before the transaction commits.

    Errors: InvalidInputError for an id that is not valid; ConflictError if it exists.
    """
    check_organization_id(identifier)
    try:
        with store.writing() as transaction:
            now = transaction.now
            owner = User(str(uuid.uuid4()), identifier, UserKind.SERVICE, "First owner", None, Role.OWNER, now)
            made = NewToken.generate()
            token = Token(FIRST_TOKEN, identifier, owner.id, "Made with the organization", now, owner.id, None)
            transaction.tenants.add_organization(Organization(identifier, identifier, now))
            transaction.environment_types.add(EnvironmentType(identifier, FIRST_ENVIRONMENT_TYPE, ""))
            transaction.tenants.add_user(owner)
            transaction.tenants.add_token(token, made.digest)
            details = {"owner": owner.id, "token": token.id}
            entry = Entry(identifier, now, Actor(), "organization.created", identifier, details=details)
            transaction.audit.append(entry)
            tell(made.secret)
    except ConflictError as error:
        raise ConflictError(f"the organization {identifier!r} exists already", fix="choose another id") from error


def read_organization(store: PlatformStore, identifier: str) -> Organization:
    """Return an organization, which is the caller's own and therefore exists."""
    with store.reading() as transaction:
        found = transaction.tenants.find_organization(identifier)
    assert found is not None  # noqa: S101  # organizations are never deleted
    return found
