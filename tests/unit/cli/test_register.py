"""`leastway register`, with a platform behind HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.app.open_grant import OpenGrant
from leastway.app.register import read_secrets
from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret
from tests.outputs import check_output
from tests.scripted_platform import TOKEN, ScriptedPlatform, scripted_platform
from tests.unit.cli.conftest import Run

ACCOUNT = "acme-111122223333"
PLANTED = "PLANTED9431secret"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedPlatform]:
    with scripted_platform() as found:
        monkeypatch.delenv("LEASTWAY_URL", raising=False)
        monkeypatch.setenv("HUMANITEC_ORG", "acme")
        monkeypatch.setenv("HUMANITEC_TOKEN", TOKEN)
        monkeypatch.setenv("HUMANITEC_API_PREFIX", found.url)
        yield found


@pytest.fixture
def key(open_grant: OpenGrant) -> None:
    """Keep the first key of the platform's user, as `leastway apply` does."""
    open_grant.keys.keep("111122223333", open_grant.grant.platform.user_name, "AKIAFIRST", Secret(PLANTED))


@pytest.mark.usefixtures("key")
def test_a_grant_is_shown_then_registered_then_left_alone(run: Run, platform: ScriptedPlatform) -> None:
    code, _, err = run("register")
    assert code == 1
    assert "leastway apply" in err  # the external id of a role is not decided yet
    run("plan")
    code, out, err = run("register")
    assert code == 2
    assert "run again with --yes" in err
    assert platform.writes == []
    code, out, _ = run("register", "--yes")
    assert code == 0, out
    assert out.startswith(
        f"Registration with {platform.url}, organization acme\n  create     cloud account {ACCOUNT}\n"
    )
    assert out.endswith("4 done\n")
    assert platform.accounts[ACCOUNT]["credentials"]["aws_secret_access_key"] == PLANTED
    assert PLANTED not in out
    code, again, _ = run("register")
    assert (code, again.splitlines()[-1]) == (0, "Nothing to do: everything is registered")
    assert run("register", "--check")[0] == 0


@pytest.mark.usefixtures("key")
def test_json_has_the_plan_and_the_results_without_secrets(run: Run, platform: ScriptedPlatform) -> None:
    run("plan")
    code, out, _ = run("register", "--check", "--json")
    assert code == 3
    assert json.loads(out)["results"] == []
    code, out, _ = run("register", "--yes", "--json")
    found = json.loads(out)
    assert code == 0
    check_output(found, "register")
    assert found["plan"]["counts"] == {"create": 4}
    assert {one["outcome"] for one in found["results"]} == {"done"}
    assert PLANTED not in out


def test_what_cannot_be_registered_exits_with_1_and_says_what_to_do(run: Run, platform: ScriptedPlatform) -> None:
    run("plan")
    code, out, _ = run("register", "--yes")  # nothing was applied, so there is no key
    assert code == 1
    assert "blocked    cloud account" in out
    assert "is not known: the id of the access key" in out
    assert "mode 0600" in out
    assert platform.accounts == {}


@pytest.mark.usefixtures("key")
def test_a_failing_check_exits_with_3(run: Run, platform: ScriptedPlatform) -> None:
    run("plan")
    run("register", "--yes")
    platform.checks[ACCOUNT] = (400, {"message": "the key is not valid \x1b[31m"})
    code, out, _ = run("register")
    assert code == 3
    assert "the platform's check of its credentials fails: the key is not valid" in out
    assert "\x1b[31m" not in out
    assert "not everything is registered" in out


@pytest.mark.usefixtures("platform")
def test_a_platform_that_refuses_is_one_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("plan")
    monkeypatch.setenv("HUMANITEC_ORG", "other")
    code, _, err = run("register")
    assert code == 1
    assert "the platform's API answered with 404" in err
    assert TOKEN not in err


@pytest.mark.parametrize(
    ("text", "mode", "what"),
    [
        ('{"a": "x"}', 0o644, "others can read it"),
        ('{"a": 3}', 0o600, "not a JSON object of texts"),
        ("[", 0o600, "not valid JSON"),
    ],
)
def test_a_wrong_file_of_secrets_is_refused(tmp_path: Path, text: str, mode: int, what: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(InvalidInputError, match=what):
        read_secrets(path)


def test_a_missing_file_of_secrets_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LeastwayError):
        read_secrets(tmp_path / "absent.json")
