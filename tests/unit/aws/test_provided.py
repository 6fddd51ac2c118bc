"""Failures of credential providers are LeastwayErrors of every kind, and providers have a timeout."""

import time
from pathlib import Path

import pytest

from leastway.aws.provided import BoundedProcess
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError

EXPIRED = '{"Version":1,"AccessKeyId":"X","SecretAccessKey":"Y","Expiration":"2020-01-01T00:00:00Z"}'
LOGIN = "sso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n"
ROLE = "role_arn = arn:aws:iam::111122223333:role/admin\n"


def program(output: str) -> str:
    return f"credential_process = echo '{output}'"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def refusal(home: Path, config: str, profile: str | None = "ci") -> LeastwayError:
    (home / "config").write_text(config if config.startswith("[") else f"[profile ci]\n{config}\n")
    with pytest.raises(LeastwayError) as caught:
        who(profile)
    return caught.value


def who(profile: str | None) -> None:
    session = LendingSession(profile=profile)
    session.client("sts", "eu-central-1", session.get_credentials()).get_caller_identity()


@pytest.mark.parametrize(
    ("config", "what", "fix"),
    [
        ("credential_process = ./not-there", "credential_process cannot be run: ./not-there: no such file", "install"),
        ("credential_process = /", "credential_process cannot be run: /: permission denied", "correct"),
        ("credential_process = sh -c 'echo no session >&2; exit 3'", "no session", "log in again"),
        ("credential_process = 'unclosed", "not credentials in JSON", "by hand"),
        (program(EXPIRED), "have expired", "log in again"),
        (program("please-log-in"), "not credentials in JSON", "by hand"),
        (program("[1]"), "not credentials in JSON", "by hand"),
        (program("null"), "not credentials in JSON", "by hand"),
        (program('{"Version":2}'), "Unsupported version", "log in again"),
        (program('{"Version":1,"AccessKeyId":"X"}'), "Missing required key", "log in again"),
        (program('{"Version":1,"AccessKeyId":5,"SecretAccessKey":"Y"}'), "are not valid keys", "by hand"),
        (program('{"Version":1,"AccessKeyId":"X\\ny","SecretAccessKey":"Y"}'), "are not valid keys", "by hand"),
        (program('{"Version":1,"AccessKeyId":"X","SecretAccessKey":null}'), "are not valid keys", "by hand"),
        (program(EXPIRED.replace("2020-01-01T00:00:00Z", "soon")), "not credentials in JSON", "by hand"),
        (ROLE + "web_identity_token_file = ./gone", "the file ./gone with the web identity token", "correct web_id"),
        (ROLE + "web_identity_token_file = /", "is a directory", "correct web_id"),
        (ROLE + "source_profile = ci2", 'profile "ci2"', "correct the AWS configuration"),
        (ROLE + "credential_source = Nowhere", "Nowhere", "correct the AWS configuration"),
        (f"{LOGIN}sso_account_id = 111122223333\nsso_role_name = admin", "SSO", "log in again"),
        ("sso_session = gone\nsso_account_id = 111122223333\nsso_role_name = a", "gone", "correct the AWS"),
        ("login_session = arn:aws:iam::111122223333:user/jane", "", "aws login"),
        ("aws_access_key_id = X", "no AWS credentials", "log in"),
        ("[profile ci\nregion = x", "", "correct the AWS configuration"),
        ("[profile other]\nregion = x", "could not be found", "correct the profile's name"),
    ],
)
def test_each_failure_names_the_profile_and_the_fix(home: Path, config: str, what: str, fix: str) -> None:
    error = refusal(home, config)
    assert what in error.what
    assert fix in (error.fix or "")
    assert "ci" in str(error) or "config" in str(error)
    assert "please-log-in" not in str(error), "a program's output may be a secret"


def test_a_missing_token_file_of_the_environment_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/admin")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "token"))
    error = refusal(home, "[default]\n", profile=None)
    assert error.where == "the environment"
    assert f"the file {home / 'token'} with the web identity token cannot be read" in error.what


def test_a_program_that_does_not_end_is_killed_and_not_run_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProcess, "patience", 0.3)
    runs = home / "runs"
    (home / "config").write_text(f"[profile ci]\ncredential_process = sh -c 'echo run >>{runs}; sleep 60; echo done'\n")
    session = LendingSession(profile="ci")
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(LeastwayError, match=r"did not end within 0\.3 seconds"):
            session.get_credentials()
    assert time.monotonic() - began < 40
    assert runs.read_text().count("run") == 1


def test_valid_credentials_sign_requests(home: Path) -> None:
    (home / "config").write_text(f"[profile ci]\n{program(EXPIRED.replace('2020', '2999'))}\n")
    found = LendingSession(profile="ci").get_credentials()
    assert (found.access_key, found.get_frozen_credentials().secret_key) == ("X", "Y")
    assert found._expiry_time.year == 2999
