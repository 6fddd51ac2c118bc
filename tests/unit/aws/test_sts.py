from datetime import UTC, datetime

import pytest

from leastway.aws import AwsSts
from leastway.ports import SessionKeys
from leastway.primitives import Secret
from leastway.sessions import SessionRequest
from tests.unit.aws.scripted import ScriptedAws, xml

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
