from __future__ import annotations

from pathlib import Path

import pytest

from leastway.app.offboard import forget_what_is_gone, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.wiring import claim_name
from leastway.errors import InvalidInputError
from leastway.grant import load_grant
from leastway.ports.memory_store import MemoryStore
from tests.unit.app.conftest import grant, open_grant, sites

__all__ = ["grant", "open_grant", "sites"]

PROD, STAGE, DEV = "111122223333", "444455556666", "777788889999"


def write(folder: Path, name: str, *accounts: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "grant.yaml"
    lines = ["apiVersion: leastway.dev/v1alpha1", "kind: Grant", f"metadata: {{name: {name}}}", "platform: humanitec"]
    clusters = "clusters: [{name: prod, access: [{policy: view, namespaces: [shop]}]}]"
    lines += ["accounts:", *(f'  - {{id: "{account}", region: eu-central-1, {clusters}}}' for account in accounts)]
    path.write_text("\n".join(lines) + "\n")
    return path


def claim(store: MemoryStore, path: Path) -> None:
    claim_name(store, load_grant(path), path)


@pytest.mark.parametrize("accounts", [(STAGE,), (PROD, STAGE)], ids=["all others", "one in common"])
def test_a_second_grant_with_the_same_name_is_refused(tmp_path: Path, accounts: tuple[str, ...]) -> None:
    store = MemoryStore()
    first, second = write(tmp_path / "a", "acme", PROD, DEV), write(tmp_path / "b", "acme", *accounts)
    claim(store, first)
    with pytest.raises(InvalidInputError) as refused:
        claim(store, second)
    assert refused.value.what == f"another grant has the name 'acme' too: {first}"
    assert refused.value.where == str(second)
    assert "another `metadata.name`" in (refused.value.fix or "")
    claim(store, first)
    write(tmp_path / "b", "acme-stage", *accounts)
    claim(store, second)


def test_a_grant_that_moved_keeps_its_name(tmp_path: Path) -> None:
    store = MemoryStore()
    old = write(tmp_path / "a", "acme", PROD)
    claim(store, old)
    old.unlink()
    new = write(tmp_path / "b", "acme", STAGE)
    claim(store, new)
    assert store.file_of("acme") == str(new)


@pytest.mark.parametrize("accounts", [(PROD, DEV), (PROD, DEV, STAGE), (PROD,)], ids=["same", "more", "fewer"])
def test_a_copy_of_a_grant_may_use_its_name(tmp_path: Path, accounts: tuple[str, ...]) -> None:
    store = MemoryStore()
    claim(store, write(tmp_path / "a", "acme", PROD, DEV))
    claim(store, write(tmp_path / "b", "acme", *accounts))


@pytest.mark.parametrize("text", ["", "metadata: {name: other}", "metadata: [", "- 1", "metadata: {name: {}}"])
def test_a_file_that_no_longer_has_the_name_releases_it(tmp_path: Path, text: str) -> None:
    store = MemoryStore()
    first = write(tmp_path / "a", "acme", PROD)
    claim(store, first)
    first.write_text(text)
    claim(store, write(tmp_path / "b", "acme", STAGE))


def test_a_link_counts_as_its_target(tmp_path: Path) -> None:
    store = MemoryStore()
    path = write(tmp_path / "a", "acme", PROD)
    claim(store, path)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    claim_name(store, load_grant(path), link)
    assert store.file_of("acme") == str(path)


def test_a_complete_offboarding_releases_the_name(open_grant: OpenGrant) -> None:
    open_grant.store.remember_file(open_grant.grant.name, "/a/grant.yaml")
    forget_what_is_gone(open_grant, offboard(open_grant, plan_offboarding(open_grant)))
    assert open_grant.store.file_of(open_grant.grant.name) is None
