"""Definitions, versions, criteria, types, classes and drivers come back from every database as they were stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from leastway.registry import (
    CoProvision,
    Criterion,
    DefinitionVersion,
    DriverInputs,
    ResourceClass,
    ResourceDriver,
    ResourceType,
    StoredCriterion,
)
from leastway.store import ConflictError, PlatformStore, open_platform_store

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
FIRST = DefinitionVersion(
    id="v1",
    number=1,
    name="Bucket",
    type="s3",
    driver="humanitec/terraform",
    account="s3-role",
    inputs=DriverInputs({"source": {"url": "https://git.test/x"}, "empty": None, "n": 2**60, "text": "\x00é"}, {}),
    provision={"dns#x": CoProvision(is_dependent=True, params={"a": [1, None]})},
    created_at=NOW,
    created_by="user",
)


@pytest.fixture
def store(new_store: str) -> Iterator[PlatformStore]:
    with open_platform_store(new_store) as opened:
        yield opened


def test_a_definition_comes_back_as_it_was_stored(store: PlatformStore) -> None:
    criterion = StoredCriterion("c1", Criterion(app_id="shop", res_id="modules.a.externals.b"))
    with store.writing() as transaction:
        transaction.definitions.add("acme", "bucket", FIRST)
        transaction.criteria.add("acme", "bucket", "s3", criterion)
    with store.reading() as transaction:
        found = transaction.definitions.find("acme", "bucket")
        assert found is not None
        assert (found.active, found.criteria, found.created_at, found.created_by) == (FIRST, (criterion,), NOW, "user")
        assert tuple(transaction.definitions.all("acme")) == (found,)
        assert transaction.definitions.find("other", "bucket") is None
        assert tuple(transaction.definitions.all("other")) == ()
        assert transaction.definitions.accounts("acme") == {"s3-role": ("bucket",)}


@pytest.mark.parametrize("inputs", [None, DriverInputs(), DriverInputs({}), DriverInputs(None, {})])
def test_what_is_absent_stays_absent(store: PlatformStore, inputs: DriverInputs | None) -> None:
    bare = replace(FIRST, inputs=inputs, provision=None, account="")
    with store.writing() as transaction:
        transaction.definitions.add("acme", "bucket", bare)
        assert transaction.definitions.version("acme", "bucket", "v1") == bare
        assert transaction.definitions.accounts("acme") == {}


def test_a_deleted_definition_is_read_on_request_and_its_id_is_free(store: PlatformStore) -> None:
    second = replace(FIRST, id="v2", number=2, name="Second")
    with store.writing() as transaction:
        transaction.definitions.add("acme", "bucket", FIRST)
        transaction.criteria.add("acme", "bucket", "s3", StoredCriterion("c1", Criterion()))
        transaction.definitions.delete("acme", "bucket", at=NOW)
    with store.reading() as transaction:
        assert transaction.definitions.find("acme", "bucket") is None
        assert not list(transaction.definitions.all("acme"))
        assert transaction.criteria.holder("acme", "s3", Criterion()) is None
        deleted = transaction.definitions.find("acme", "bucket", with_deleted=True)
        assert deleted is not None
        assert deleted.is_deleted
    with store.writing() as transaction:
        assert transaction.definitions.last_number("acme", "bucket") == 1
        transaction.definitions.add("acme", "bucket", second)
    with store.reading() as transaction:
        again = transaction.definitions.find("acme", "bucket")
        assert again is not None
        assert (again.active, again.is_deleted) == (second, False)
        assert transaction.definitions.versions("acme", "bucket") == (second, FIRST)
        assert transaction.definitions.versions("acme", "bucket", before=2, most=5) == (FIRST,)
    with pytest.raises(ConflictError), store.writing() as transaction:
        transaction.definitions.add("acme", "bucket", replace(FIRST, id="v3", number=3))


def test_two_definitions_of_a_type_cannot_have_the_same_criterion(store: PlatformStore) -> None:
    same = Criterion(app_id="shop")
    with store.writing() as transaction:
        transaction.criteria.add("acme", "one", "s3", StoredCriterion("c1", same))
        transaction.criteria.add("acme", "two", "sqs", StoredCriterion("c2", same))
        transaction.criteria.add("other", "two", "s3", StoredCriterion("c3", same))
        assert transaction.criteria.holder("acme", "s3", same) == "one"
    with pytest.raises(ConflictError), store.writing() as transaction:
        transaction.criteria.add("acme", "two", "s3", StoredCriterion("c4", same))
    with store.writing() as transaction:
        assert not transaction.criteria.remove("acme", "two", "c1")
        assert transaction.criteria.remove("acme", "one", "c1")


def test_types_classes_and_drivers_come_back_as_they_were_stored(store: PlatformStore) -> None:
    kept = ResourceType("acme/db", "DB", "direct", "data", {"values": {}}, {"secrets": {}})
    driver = ResourceDriver("acme", "mine", "s3", ("aws",), {"a": 1}, "driver://humanitec/echo", {"values": "x"})
    size = ResourceClass("acme/db", "large", "Large", NOW, "user")
    with store.writing() as transaction:
        types = transaction.resource_types
        types.add_type("acme", kept)
        types.add_driver(driver)
        types.add_class("acme", size)
    with store.writing() as transaction:
        types = transaction.resource_types
        assert (types.types("acme"), types.drivers("acme")) == ((kept,), (driver,))
        assert types.find_class("acme", "acme/db", "large") == size
        assert (types.types("other"), types.find_driver("other", "mine")) == ((), None)
        assert types.update_driver(replace(driver, target="driver://humanitec/template"))
        assert types.describe_class("acme", "acme/db", "large", "Larger")
        assert types.delete_type("acme", "acme/db")
        assert types.find_class("acme", "acme/db", "large") is None
        assert not types.delete_type("acme", "acme/db")
