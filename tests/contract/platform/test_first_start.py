"""The first start: one organization, and an owner whose token somebody has."""

from pathlib import Path

import pytest

from leastway.primitives import Secret
from leastway.service import Called, ServerSettings, authenticate, open_server
from leastway.store import open_platform_store


def _settings(unopened_store: str, tmp_path: Path) -> ServerSettings:
    database = unopened_store if "://" in unopened_store else None
    return ServerSettings(tmp_path / "data", database, organization="acme")


def test_the_token_is_told_once_and_works(unopened_store: str, tmp_path: Path) -> None:
    settings = _settings(unopened_store, tmp_path)
    told: list[Secret] = []
    for _ in range(2):
        with open_server(settings, told.append) as server, server.store.reading() as transaction:
            (token,) = told
            assert authenticate(transaction, token, Called("GET", "/")).organization == "acme"


def test_a_token_that_could_not_be_told_leaves_no_organization(unopened_store: str, tmp_path: Path) -> None:
    settings = _settings(unopened_store, tmp_path)

    def fail(_token: Secret) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), open_server(settings, fail):
        pass
    with open_platform_store(settings.where) as store, store.reading() as transaction:
        assert transaction.tenants.organizations() == ()
