"""Which API is meant: the environment, and ~/.humctl."""

from pathlib import Path

import pytest

from leastway.errors import InvalidInputError, LeastwayError
from leastway.humanitec import HumanitecApi, api_from_environment
from leastway.primitives import Secret

WHOLE = {"HUMANITEC_ORG": "acme", "HUMANITEC_TOKEN": "a-token"}


def api(environment: dict[str, str]) -> HumanitecApi:
    return api_from_environment(environment, where="--update-platform")


def test_the_environment_names_the_api() -> None:
    assert api(WHOLE) == HumanitecApi("https://api.humanitec.io", "acme", Secret("a-token"))
    assert api({**WHOLE, "HUMANITEC_URL": "http://127.0.0.1:8080/"}).url == "http://127.0.0.1:8080"
    assert api({**WHOLE, "HUMANITEC_API_PREFIX": "https://a.example/x"}).url == "https://a.example/x"


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"HUMANITEC_TOKEN": ""}, "HUMANITEC_TOKEN is not set"),
        ({"HUMANITEC_TOKEN": "", "HUMANITEC_ORG": ""}, "HUMANITEC_ORG and HUMANITEC_TOKEN are not set"),
        ({"HUMANITEC_URL": "http://platform.example"}, "not an https address"),
        ({"HUMANITEC_API_PREFIX": "platform.example"}, "not an https address"),
        ({"HUMANITEC_TOKEN": "two words"}, "not a valid token"),
    ],
)
def test_a_wrong_environment_is_wrong_usage(changed: dict[str, str], what: str) -> None:
    with pytest.raises(InvalidInputError, match=what):
        api({**WHOLE, **changed})


def test_humctls_file_gives_what_the_environment_does_not(tmp_path: Path) -> None:
    (tmp_path / ".humctl").write_text("apiPrefix: https://api.example\norg: acme\ntoken: from-file\n")
    home = {"HOME": str(tmp_path)}
    assert api(home) == HumanitecApi("https://api.example", "acme", Secret("from-file"))
    assert api({**home, "HUMANITEC_ORG": "other"}).organization == "other"
    assert api({**home, **WHOLE}) == HumanitecApi("https://api.humanitec.io", "acme", Secret("a-token"))


@pytest.mark.parametrize(
    "text",
    ["token: [PLANTED9431\n", "- PLANTED9431\n", "token: {a: PLANTED9431}\n", "a: &x PLANTED9431\nb: *x\n", "\x00"],
)
def test_a_damaged_humctl_file_is_named_and_shows_no_value(tmp_path: Path, text: str) -> None:
    (tmp_path / ".humctl").write_text(text)
    with pytest.raises(LeastwayError) as caught:
        api({"HOME": str(tmp_path)})
    assert str(tmp_path / ".humctl") in str(caught.value)
    assert "PLANTED9431" not in str(caught.value)
