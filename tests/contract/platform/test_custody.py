"""Accounts, sealed credentials and claims in the store, on every database."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import ColumnElement, Connection, update

from leastway.custody import Custody, FileWrappingKey
from leastway.ports import DamagedError, Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.registry import ResourceAccount
from leastway.store import AccountClaim, ConflictError, PlatformStore, open_platform_store
from leastway.store.platform_schema import credential_versions

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEY, NEW_KEY = FileWrappingKey(b"k" * 32), FileWrappingKey(b"n" * 32)
ACME = Holder("acme", HolderKind.ACCOUNT, "aws-prod")
PROD = ResourceAccount("acme", "aws-prod", "Production", "aws", 1, NOW, "u1")


def keep(store: PlatformStore, holder: Holder, *secrets: str) -> list[SecretPlace]:
    custody, places = Custody(KEY), []
    for secret in secrets:
        with store.writing() as transaction:
            place = SecretPlace(holder, transaction.secrets.next_version(holder))
            transaction.secrets.add(custody.seal(place, Secret(secret)), "u1")
            places.append(place)
    return places


def opened(store: PlatformStore, place: SecretPlace, *keys: FileWrappingKey) -> str:
    with store.reading() as transaction:
        sealed = transaction.secrets.sealed(place)
    assert sealed is not None
    first, *others = keys or (KEY,)
    return Custody(first, others).open(sealed).reveal()


def test_versions_are_stored_listed_retired_and_deleted(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        one, two, three = keep(store, ACME, "first", "second", "third")
        keep(store, replace(ACME, organization="other"), "foreign")
        assert [place.version for place in (one, two, three)] == [1, 2, 3]
        assert [opened(store, place) for place in (one, two, three)] == ["first", "second", "third"]
        with store.writing() as transaction:
            assert transaction.secrets.retire(one)
            assert not transaction.secrets.retire(one)
            assert not transaction.secrets.retire(replace(one, version=9))
        with store.reading() as transaction:
            known = transaction.secrets.versions(ACME)
            assert [(each.place, each.retired_at is None) for each in known] == [
                (one, False),
                (two, True),
                (three, True),
            ]
            assert {(each.wrapping_key, each.created_by) for each in known} == {(KEY.id, "u1")}
            assert transaction.secrets.sealed(replace(one, version=4)) is None
        with store.writing() as transaction:
            assert transaction.secrets.delete_before(three) == 2
            assert transaction.secrets.delete(ACME) == 1
            assert transaction.secrets.delete(ACME) == 0
            assert transaction.secrets.next_version(ACME) == 4
            assert transaction.secrets.next_version(replace(ACME, organization="third")) == 1
            assert transaction.secrets.wrapping_keys() == {KEY.id: 1}


def test_a_copied_row_of_a_deleted_account_does_not_open_as_its_successor(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        (old,) = keep(store, ACME, "old")
        with store.writing() as transaction:
            copied = transaction.secrets.sealed(old)
            assert copied is not None
            assert transaction.secrets.delete(ACME) == 1
        (new,) = keep(store, ACME, "new")
        assert new.version == old.version + 1
        with store.writing() as transaction:
            row = {"wrapped_key": copied.wrapped_key, "nonce": copied.nonce, "ciphertext": copied.ciphertext}
            transaction._connection.execute(update(credential_versions).where(*_at(new)).values(row))
        with pytest.raises(DamagedError) as caught:
            opened(store, new)
        assert caught.value.where == str(new)


def test_a_version_that_exists_is_not_replaced(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        (place,) = keep(store, ACME, "first")
        with pytest.raises(ConflictError), store.writing() as transaction:
            transaction.secrets.add(Custody(KEY).seal(place, Secret("second")), "u1")
        assert opened(store, place) == "first"


@pytest.mark.parametrize(
    "other",
    [
        replace(ACME, organization="other"),
        replace(ACME, id="aws-dev"),
        replace(ACME, kind=HolderKind.DEFINITION),
    ],
    ids=["organization", "account", "kind"],
)
def test_rows_that_are_swapped_in_the_database_are_found_and_named(new_store: str, other: Holder) -> None:
    with open_platform_store(new_store) as store:
        (mine,), (theirs,) = keep(store, ACME, "mine"), keep(store, other, "theirs")
        with store.writing() as transaction:
            _swap(transaction._connection, mine, theirs)
        for place in (mine, theirs):
            with pytest.raises(DamagedError) as caught:
                opened(store, place)
            assert caught.value.where == str(place)


def test_versions_that_are_swapped_in_the_database_are_found(new_store: str) -> None:
    with open_platform_store(new_store) as store:
        old, new = keep(store, ACME, "old", "new")
        with store.writing() as transaction:
            _swap(transaction._connection, old, new)
        for place in (old, new):
            with pytest.raises(DamagedError):
                opened(store, place)


def _swap(connection: Connection, one: SecretPlace, two: SecretPlace) -> None:
    """Give the first row's place to the second, and the other way round, as someone who can write to the database."""
    aside = SecretPlace(Holder("aside", HolderKind.ACCOUNT, "aside"), 1)
    for source, target in ((one, aside), (two, one), (aside, two)):
        connection.execute(update(credential_versions).where(*_at(source)).values(_columns(target)))


def _columns(place: SecretPlace) -> dict[str, object]:
    holder = place.holder
    return {
        "organization": holder.organization,
        "owner_kind": holder.kind.value,
        "owner": holder.id,
        "version": place.version,
    }


def _at(place: SecretPlace) -> list[ColumnElement[bool]]:
    return [credential_versions.c[name] == value for name, value in _columns(place).items()]


def test_a_wrapping_is_replaced_only_while_it_is_the_one_that_was_read(new_store: str) -> None:
    both = Custody(NEW_KEY, [KEY])
    with open_platform_store(new_store) as store:
        one, two = keep(store, ACME, "one", "two")
        with store.reading() as transaction:
            found = transaction.secrets.not_wrapped_by(NEW_KEY.id, 10)
            assert [each.place for each in found] == [one, two]
            assert transaction.secrets.not_wrapped_by(NEW_KEY.id, 1) == found[:1]
        again = both.rewrap(found[0])
        with store.writing() as transaction:
            assert transaction.secrets.replace_wrapping(found[0], again)
            assert not transaction.secrets.replace_wrapping(found[0], both.rewrap(found[0]))
            assert transaction.secrets.wrapping_keys() == {KEY.id: 1, NEW_KEY.id: 1}
        assert opened(store, one, NEW_KEY) == "one"
        assert opened(store, two, KEY) == "two"


def test_accounts_are_stored_changed_and_deleted_within_their_organization(new_store: str) -> None:
    foreign = replace(PROD, organization="other", name="Foreign")
    with open_platform_store(new_store) as store:
        with store.writing() as transaction:
            for account in (PROD, foreign, replace(PROD, id="aws-dev")):
                transaction.accounts.add(account)
        with pytest.raises(ConflictError), store.writing() as transaction:
            transaction.accounts.add(PROD)
        changed = replace(PROD, name="New name", version=2)
        with store.writing() as transaction:
            assert transaction.accounts.find("acme", "aws-prod", lock=True) == PROD
            assert transaction.accounts.update(changed)
            assert not transaction.accounts.update(replace(changed, id="nothing"))
        with store.writing() as transaction:
            assert [each.id for each in transaction.accounts.all("acme")] == ["aws-dev", "aws-prod"]
            assert transaction.accounts.find("acme", "aws-prod") == changed
            assert transaction.accounts.find("other", "aws-prod") == foreign
            assert transaction.accounts.delete("acme", "aws-prod")
            assert not transaction.accounts.delete("acme", "aws-prod")
            assert transaction.accounts.find("other", "aws-prod") == foreign


def test_a_claim_belongs_to_the_organization_that_was_first(new_store: str) -> None:
    mine = (AccountClaim.of_account("111122223333"), AccountClaim.of_external_id("an-id"))
    with open_platform_store(new_store) as store:
        with store.writing() as transaction:
            assert transaction.claims.are_free("acme", mine)
            assert transaction.claims.take("acme", mine)
            assert transaction.claims.take("acme", mine)
        with store.writing() as transaction:
            assert transaction.claims.are_free("acme", mine)
            assert not transaction.claims.are_free("other", mine[:1])
            assert not transaction.claims.take("other", (AccountClaim.of_account("444455556666"), mine[1]))
            assert transaction.claims.take("other", (AccountClaim.of_external_id("111122223333"),))


def test_of_many_organizations_that_claim_at_the_same_time_one_succeeds(new_store: str) -> None:
    claims = [AccountClaim.of_account("111122223333"), AccountClaim.of_external_id("an-id")]
    got: list[str] = []

    class LostError(Exception): ...

    def claim(organization: str) -> None:
        try:
            with store.writing() as transaction:
                if not transaction.claims.take(organization, reversed(claims)):
                    raise LostError
            got.append(organization)
        except LostError:
            pass

    with open_platform_store(new_store) as store:
        threads = [threading.Thread(target=claim, args=(f"org-{number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = got
        with store.reading() as transaction:
            assert transaction.claims.are_free(winner, claims)
            assert not any(transaction.claims.are_free("nobody", [claim]) for claim in claims)
