from datetime import UTC, datetime

import pytest

from leastway.aws import AwsSts
from leastway.ports import SessionKeys, StsRefusedError, StsUnavailableError
from leastway.primitives import Secret
from leastway.sessions import SessionRequest
from tests.unit.aws.scripted import Body, ScriptedAws, xml

KEYS = SessionKeys("AKIDEXAMPLE", Secret("secret"))
REQUEST = SessionRequest("acme", "prod", "arn:aws:iam::111122223333:role/platform", "eu-central-1")
SESSION = (
    "<Credentials><AccessKeyId>ASIAEXAMPLE00000001</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
    "<SessionToken>token</SessionToken><Expiration>2036-11-28T00:00:00Z</Expiration></Credentials>"
)


def test_the_end_of_a_session_is_in_utc_whatever_zone_the_library_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every hand-out compares and writes this time; the zones of dateutil are slow at both."""
    aws = ScriptedAws(monkeypatch)
    aws.script = lambda what, _: xml(what, SESSION)
    issued = AwsSts().assume(REQUEST, KEYS)
    assert issued.expires_at == datetime(2036, 11, 28, tzinfo=UTC)
    assert issued.expires_at.tzinfo is UTC


def _error(code: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((403, _error("AccessDenied")), StsRefusedError, "not allowed"),
        ((403, _error("SignatureDoesNotMatch")), StsRefusedError, "rejects the signature"),
        ((400, _error("MalformedPolicyDocument")), StsRefusedError, "AssumeRole: m"),
        ((200, "<html><body>log in</body></html>"), StsUnavailableError, "root element is html"),
        ((200, ""), StsUnavailableError, "not valid XML"),
        ((200, SESSION.replace("ASIAEXAMPLE00000001", "")), StsUnavailableError, "an empty credential"),
        ((200, SESSION.replace("<SessionToken>token</SessionToken>", "")), StsUnavailableError, "SessionToken"),
        ((200, SESSION.replace("2036-", "2006-")), StsUnavailableError, "set the clock of this machine"),
        (
            (200, SESSION.replace("2036-11-28T00:00:00Z", "9999-12-31T23:59:59-14:00")),
            StsUnavailableError,
            "an end that is no date",
        ),
        ((403, "<html>the proxy forbids it</html>"), StsUnavailableError, "HTTP 403 without an AWS error"),
    ],
)
def test_what_something_else_answers_in_place_of_sts_is_no_refusal(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str], kind: type[Exception], words: str
) -> None:
    """A refusal ends what is left of a session; a proxy that answers for a while must not."""
    status, body = answer

    def script(what: str, _parameters: dict[str, str]) -> Body | tuple[int, Body]:
        return (status, xml(what, body) if "<Credentials>" in body else body)

    aws = ScriptedAws(monkeypatch)
    aws.script = script
    with pytest.raises(kind, match=words):
        AwsSts().assume(REQUEST, KEYS)
