"""Organizations, users and tokens in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from leastway.primitives import Secret
from leastway.store.platform_schema import organizations, tokens, users
from leastway.store.switches import Switches
from leastway.tenants import Organization, Role, Token, User, UserKind, token_digest

__all__ = ["Tenants"]


class Tenants:
    """Organizations, users and tokens, within one transaction. Whoever calls writes the audit entry.

    A token that is revoked, and a user who changes, are seen by the next hand-out of each process.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_organization(self, identifier: str) -> Organization | None:
        """Return one organization."""
        row = self._connection.execute(select(organizations).where(organizations.c.id == identifier)).first()
        return None if row is None else Organization(row.id, row.name, row.created_at)

    def organizations(self) -> tuple[Organization, ...]:
        """Return all organizations, by id."""
        rows = self._connection.execute(select(organizations).order_by(organizations.c.id))
        return tuple(Organization(row.id, row.name, row.created_at) for row in rows)

    def add_organization(self, organization: Organization) -> None:
        """Store a new organization."""
        values = {"id": organization.id, "name": organization.name, "created_at": organization.created_at}
        self._connection.execute(insert(organizations), values)

    def lock(self, organization: str) -> None:
        """Let no other transaction lock the organization until this one ends. SQLite has one writer anyway."""
        self._connection.execute(select(organizations).where(organizations.c.id == organization).with_for_update())

    def users(self, organization: str) -> tuple[User, ...]:
        """Return the users of an organization, by id."""
        query = select(users).where(users.c.organization == organization).order_by(users.c.id)
        return tuple(map(_user, self._connection.execute(query)))

    def user(self, organization: str, user: str) -> User | None:
        """Return a user of the organization."""
        query = select(users).where(users.c.organization == organization, users.c.id == user)
        return _first_user(self._connection, query)

    def add_user(self, user: User, password_hash: str | None = None) -> None:
        """Store a new user."""
        values = {
            "id": user.id,
            "organization": user.organization,
            "kind": user.kind.value,
            "name": user.name,
            "email": user.email,
            "role": user.role.value,
            "password_hash": password_hash,
            "created_at": user.created_at,
            "disabled_at": user.disabled_at,
            "idp_id": user.idp_id,
        }
        self._connection.execute(insert(users), values)

    def person(self, organization: str, email: str) -> tuple[User, str] | None:
        """Return the person with this address, in any case of letters, and the hash of the password."""
        query = select(users).where(
            users.c.organization == organization,
            func.lower(users.c.email) == email.lower(),
            users.c.kind == UserKind.PERSON.value,
            users.c.disabled_at.is_(None),
        )
        row = self._connection.execute(query).first()
        return None if row is None else (_user(row), row.password_hash)

    def change_password(self, user: str, password_hash: str) -> None:
        """Replace the hash of a person's password."""
        self._connection.execute(update(users).where(users.c.id == user).values(password_hash=password_hash))

    def change_role(self, user: str, role: Role) -> None:
        """Change the role of a user."""
        Switches(self._connection).raise_generation()
        self._connection.execute(update(users).where(users.c.id == user).values(role=role.value))

    def disable_user(self, user: str, at: datetime) -> None:
        """Disable a user, and revoke its tokens."""
        Switches(self._connection).raise_generation()
        self._connection.execute(update(users).where(users.c.id == user).values(disabled_at=at))
        valid = (tokens.c.user == user, tokens.c.revoked_at.is_(None))
        self._connection.execute(update(tokens).where(*valid).values(revoked_at=at))

    def tokens(self, user: str) -> tuple[Token, ...]:
        """Return the tokens of a user, revoked ones too, by id."""
        query = select(tokens).where(tokens.c.user == user).order_by(tokens.c.id)
        return tuple(map(_token, self._connection.execute(query)))

    def add_token(self, token: Token, digest: bytes) -> None:
        """Store a new token by its digest."""
        values = {
            "id": token.id,
            "organization": token.organization,
            "user": token.user,
            "digest": digest,
            "description": token.description,
            "created_at": token.created_at,
            "created_by": token.created_by,
            "expires_at": token.expires_at,
            "revoked_at": token.revoked_at,
            "accounts": None if token.accounts is None else " ".join(token.accounts),
        }
        self._connection.execute(insert(tokens), values)

    def revoke_token(self, user: str, token: str, at: datetime) -> bool:
        """Revoke a token from now on; return whether it was valid until now."""
        Switches(self._connection).raise_generation()
        mine = (tokens.c.user == user, tokens.c.id == token, tokens.c.revoked_at.is_(None))
        return bool(self._connection.execute(update(tokens).where(*mine).values(revoked_at=at)).rowcount)

    def holder_of(self, token: Secret) -> tuple[User, Token] | None:
        """Return who holds the token, valid or not, or None if nobody does."""
        row = self._connection.execute(select(tokens).where(tokens.c.digest == token_digest(token.reveal()))).first()
        if row is None:
            return None
        found = _token(row)
        user = self.user(found.organization, found.user)
        return None if user is None else (user, found)


def _first_user(connection: Connection, query: Select[tuple[object, ...]]) -> User | None:
    row = connection.execute(query).first()
    return None if row is None else _user(row)


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(
        row.id,
        row.organization,
        UserKind(row.kind),
        row.name,
        row.email,
        Role(row.role),
        row.created_at,
        row.disabled_at,
        row.idp_id,
    )


def _token(row: Row[tuple[object, ...]]) -> Token:
    return Token(
        row.id,
        row.organization,
        row.user,
        row.description,
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
        None if row.accounts is None else tuple(row.accounts.split()),
    )
