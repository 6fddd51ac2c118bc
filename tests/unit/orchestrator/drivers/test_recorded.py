"""Outputs of drivers and of runs, stored and read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leastway.custody import Custody, FileWrappingKey
from leastway.orchestrator.drivers import Provided, store_outputs, stored_cookie, stored_outputs
from leastway.orchestrator.recording import forget_outputs, record_outputs, secret_output
from leastway.ports import DamagedError
from leastway.primitives import Secret
from leastway.registry import ActiveResource
from leastway.resolve import Outputs
from leastway.store import PlatformStore, open_platform_store
from leastway.terraform import Output
from tests.active_resources import active_resource
from tests.databases import new_sqlite
from tests.runs import run_of

GURESID = "a" * 40
CUSTODY = Custody(FileWrappingKey(b"k" * 32))
SECRETS = {"password": Secret("planted-1"), "deep": {"a/b": Secret("planted-2"), "list": [Secret("planted-3")]}}
PROVIDED = Provided(values={"host": "h", "deep": {"port": 5}}, secrets=SECRETS, cookie=Secret('{"planted": 4}'))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PlatformStore]:
    with open_platform_store(new_sqlite(tmp_path / "leastway.db")) as opened:
        yield opened


def put(store: PlatformStore, provided: Provided) -> ActiveResource:
    with store.writing() as transaction:
        values, refs = store_outputs(transaction, CUSTODY, "acme", GURESID, provided, "u1")
    return replace(active_resource("acme", "shop", "dev"), guresid=GURESID, outputs=values, secret_refs=refs)


def got(store: PlatformStore, active: ActiveResource) -> tuple[Outputs, Secret | None]:
    with store.reading() as transaction:
        cookie = stored_cookie(transaction, CUSTODY, active.organization, active.guresid)
        return stored_outputs(transaction, CUSTODY, active), cookie


def test_outputs_and_the_cookie_come_back_and_no_secret_is_in_the_clear(store: PlatformStore, tmp_path: Path) -> None:
    active = put(store, PROVIDED)
    assert active.secret_refs["deep"]["a/b"] == {
        "store": "humanitec",
        "ref": f"resources/{GURESID}/outputs/deep/a~1b",
        "version": "1",
    }
    assert got(store, active) == (Outputs(PROVIDED.values, SECRETS), PROVIDED.cookie)
    assert not any(b"planted" in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("path", "value"),
    [(("password",), "planted-1"), (("deep", "a/b"), "planted-2"), (("deep", "list"), '["planted-3"]')],
)
def test_each_reference_opens_one_secret(store: PlatformStore, path: tuple[str, ...], value: str) -> None:
    reference: Any = put(store, PROVIDED).secret_refs
    for step in path:
        reference = reference[step]
    with store.reading() as transaction:
        assert secret_output(transaction, CUSTODY, "acme", reference) == Secret(value)
        assert secret_output(transaction, CUSTODY, "other", reference) is None


def test_what_is_provided_again_replaces_the_secrets_and_the_cookie(store: PlatformStore) -> None:
    old = put(store, PROVIDED)
    assert got(store, put(store, Provided(values={"host": "h"}))) == (Outputs({"host": "h"}), None)
    with pytest.raises(DamagedError):
        got(store, old)
    again = put(store, PROVIDED)
    assert again.secret_refs["password"]["version"] == "2"


def test_the_secrets_of_a_live_node_are_not_stored(store: PlatformStore) -> None:
    active = put(store, Provided(secrets={"url": Secret("http://u:p@h")}, is_live=True))
    assert (active.secret_refs, got(store, active)) == ({}, (Outputs({}), None))


def test_outputs_that_are_forgotten_are_gone(store: PlatformStore) -> None:
    active = put(store, PROVIDED)
    with store.writing() as transaction:
        forget_outputs(transaction, "acme", GURESID)
    with store.reading() as transaction:
        assert stored_cookie(transaction, CUSTODY, "acme", GURESID) is None
    with pytest.raises(DamagedError):
        got(store, active)


def test_the_outputs_of_a_run_are_read_in_the_same_way(store: PlatformStore) -> None:
    run = replace(run_of("1"), organization="acme", guresid=GURESID)
    outputs = [Output("bucket", "b", False), Output("key", "planted", True), Output("users", {"a": 1}, True)]
    with store.writing() as transaction:
        values, refs = record_outputs(transaction, CUSTODY, run, outputs)
    active = replace(active_resource("acme", "shop", "dev"), guresid=GURESID, outputs=values, secret_refs=refs)
    found, _ = got(store, active)
    assert found == Outputs({"bucket": "b"}, {"key": Secret("planted"), "users": {"a": Secret("1")}})
