"""The module of a definition, fetched from a real host to be checked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import Host
from leastway.ports import ModulePlace
from leastway.primitives import Secret
from leastway.service.git_modules import CHECK_RULES, GitModules
from leastway.service.module_check import module_warnings
from tests.integration.git.hosts import BACKEND, HOST, PASSWORD, USER, HttpsHost, https_host, repository

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not BACKEND.exists(), reason="there is no git http-backend on this machine"),
]


@pytest.fixture(scope="module")
def private(open_folder: Path) -> Iterator[HttpsHost]:
    folder = open_folder / "checked"
    repository(folder / "infra.git")
    with https_host(folder, is_private=True) as serving:
        yield serving


@pytest.fixture
def modules(isolating: Host, open_folder: Path, private: HttpsHost) -> GitModules:
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o711)
    rules = replace(CHECK_RULES, private_hosts={HOST}, authorities=private.authorities, seconds=60)
    return GitModules(isolating, folder / "modules", rules, lambda _host, _port: ["127.0.0.1"])


def test_the_files_of_a_module_are_read_and_nothing_stays_but_the_cache(
    modules: GitModules, private: HttpsHost
) -> None:
    place = ModulePlace(
        organization="acme", url=private.url("infra.git"), rev="main", username=USER, password=Secret(PASSWORD)
    )
    found = modules.read(place)
    assert {"main.tf", "modules/net/main.tf"} <= found.keys()
    assert all(name.endswith(".tf") for name in found)
    assert modules.read(replace(place, path="modules/net")).keys() == {"main.tf"}
    assert [path.name for path in modules.folder.iterdir()] == ["cache-acme"]


def test_a_repository_that_refuses_is_a_warning_without_the_secret(modules: GitModules, private: HttpsHost) -> None:
    source = {"url": private.url("infra.git"), "rev": "main", "username": USER}
    (warning,) = module_warnings(modules, "acme", {"source": source}, {"source": {"password": "planted-password"}})
    assert warning.startswith("driver_inputs.values.source: the module could not be read")
    assert "planted" not in warning
    strict = replace(modules, rules=CHECK_RULES)
    with pytest.raises(LeastwayError, match="private network"):
        strict.read(ModulePlace(organization="acme", url=private.url("infra.git")))
