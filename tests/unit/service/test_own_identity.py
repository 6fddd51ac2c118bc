"""The server's own identity: ambient or a key in custody, compared with the platform's principal."""

from __future__ import annotations

from pathlib import Path

import pytest

from leastway.errors import InvalidInputError
from leastway.ports import CallerIdentity, SessionKeys, StsUnavailableError
from leastway.primitives import Secret, SystemClock
from leastway.service import Called, Server, ServerSettings, accounts, authenticate, open_server
from leastway.service.aws_access import AwsAccess
from leastway.service.own_identity import report_own_identity
from tests.scripted_aws import OWN, World
from tests.scripted_sts import ScriptedSts

KEY = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x" * 40}


class Sts(ScriptedSts):
    """An STS that remembers whose keys it was asked about."""

    asked: SessionKeys | None = None

    def identity(self, region: str, keys: SessionKeys | None = None, /) -> CallerIdentity:
        if self.fails is not None:
            raise self.fails
        self.asked = keys
        return super().identity(region, keys)


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Sts:
    found = Sts(SystemClock())
    monkeypatch.setattr(AwsAccess, "ambient", lambda *_: AwsAccess(World(), lambda: OWN, lambda: "eu-central-1", found))
    return found


def report(folder: Path, identity: str | None = None, *, key: bool = False) -> tuple[str, bool | None]:
    told: list[Secret] = []
    with open_server(ServerSettings(folder / "data", organization="acme", identity=identity), told.append) as server:
        if key:
            create_key(server, told[0])
        found = report_own_identity(server)
        return "\n".join(found.lines), found.is_expected


def create_key(server: Server, token: Secret) -> None:
    with server.store.reading() as transaction:
        caller = authenticate(transaction, token, Called("POST", "/test"))
    accounts.create_account(
        server, caller, "acme", identifier="platform", name="Platform", type_id="aws", credentials=KEY
    )


def test_the_platform_s_principal_is_expected(sts: Sts, tmp_path: Path) -> None:
    sts.own = "arn:aws:iam::767398028804:user/humanitec"
    told, is_expected = report(tmp_path)
    assert is_expected, told
    assert told == f"the server's AWS identity is {sts.own}"
    assert sts.asked is None


def test_another_identity_is_named_with_what_customers_admit(sts: Sts, tmp_path: Path) -> None:
    sts.own = "arn:aws:sts::999900001111:assumed-role/platform/i-0"
    told, is_expected = report(tmp_path)
    assert is_expected is False
    assert "customers whose grant follows the profile humanitec admit arn:aws:iam::" in told
    assert "at most one hour" in told


def test_an_identity_that_is_unknown_does_not_stop_the_server(sts: Sts, tmp_path: Path) -> None:
    sts.fails = StsUnavailableError("could not connect to https://sts.eu-central-1.amazonaws.com")
    told, is_expected = report(tmp_path)
    assert is_expected is None
    assert "the server's own AWS identity is unknown: could not connect" in told


def test_a_key_in_custody_is_the_identity(sts: Sts, tmp_path: Path) -> None:
    report(tmp_path, "acme/platform", key=True)
    assert sts.asked is not None
    assert (sts.asked.key_id, sts.asked.secret) == (KEY["aws_access_key_id"], Secret("x" * 40))


def test_an_identity_that_is_not_an_account_with_a_key_is_named(sts: Sts, tmp_path: Path) -> None:
    told, _ = report(tmp_path, "acme/nothing")
    assert "acme/nothing: the server's own identity must be an account of type aws" in told


@pytest.mark.parametrize("identity", ["acme", "/platform", "acme/"])
def test_an_identity_of_another_form_is_refused(sts: Sts, tmp_path: Path, identity: str) -> None:
    with pytest.raises(InvalidInputError, match="it is not ORGANIZATION/ACCOUNT"):
        report(tmp_path, identity)
