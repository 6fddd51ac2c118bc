"""Transactions of the server's store, on every database."""

from datetime import UTC, datetime, timedelta

import pytest

from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.store import ConflictError, open_platform_store
from leastway.tenants import NewToken, Organization, Role, Token, User, UserKind

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ACME = Organization("acme", "Acme", NOW)
OWNER = User("u1", "acme", UserKind.PERSON, "Owner", "owner@acme.example", Role.OWNER, NOW)


def test_what_is_written_is_read_back_with_its_zone(new_store: str) -> None:
    made = NewToken.generate()
    token = Token("first", "acme", "u1", "made at the first start", NOW, "u1", NOW + timedelta(days=1))
    with open_platform_store(new_store) as store:
        with store.writing() as transaction:
            transaction.tenants.add_organization(ACME)
            transaction.tenants.add_user(OWNER)
            transaction.tenants.add_token(token, made.digest)
        with store.reading() as transaction:
            assert transaction.tenants.organizations() == (ACME,)
            assert transaction.tenants.users("acme") == (OWNER,)
            assert transaction.tenants.holder_of(made.secret) == (OWNER, token)
            assert transaction.tenants.holder_of(Secret("lwt_other")) is None
            assert transaction.tenants.user("other", "u1") is None
        with store.writing() as transaction:
            assert transaction.tenants.revoke_token("u1", "first", NOW)
            assert not transaction.tenants.revoke_token("u1", "first", NOW)
        with store.reading() as transaction:
            assert [one.revoked_at for one in transaction.tenants.tokens("u1")] == [NOW]


def test_a_block_that_raises_writes_nothing(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        with pytest.raises(KeyError), store.writing() as transaction:  # noqa: PT012 - the block is what is tested
            transaction.tenants.add_organization(ACME)
            raise KeyError
        with store.reading() as transaction:
            assert transaction.tenants.organizations() == ()


def test_a_key_that_exists_is_a_conflict(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        with store.writing() as transaction:
            transaction.tenants.add_organization(ACME)
        with pytest.raises(ConflictError), store.writing() as transaction:
            transaction.tenants.add_organization(ACME)


def test_a_reading_transaction_sees_one_state(new_store: str) -> None:
    with open_platform_store(new_store) as store, store.reading() as transaction:
        assert transaction.tenants.organizations() == ()
        with store.writing() as other:
            other.tenants.add_organization(ACME)
        assert transaction.tenants.organizations() == ()


def test_an_error_of_the_database_is_told_with_what_to_do(new_store: str) -> None:
    """The ledger's own statements go past SQLAlchemy, and its errors are translated all the same."""
    with open_platform_store(new_store) as store:
        with store.writing() as transaction:
            transaction._connection.exec_driver_sql("DROP TABLE switch_generation")  # no use case does this
        with (
            pytest.raises(LeastwayError, match="the store cannot be written: ") as told,
            store.writing() as transaction,
        ):
            transaction.switches.generation_for_hand_out()
    assert told.value.fix is not None
