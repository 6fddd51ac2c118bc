import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.credentials import Credentials

from leastway.aws.connections import ConnectionPools
from leastway.aws.errors import aws_errors
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError

LENT = Credentials("AKIALENT", "secret")


def test_credentials_lent_to_one_client_are_not_used_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread that reads the session's credentials at the same time must not get those of another account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    session = LendingSession()
    seen: dict[str, str] = {}

    def ask(who: str) -> None:
        found: Any = session.get_credentials()
        seen[who] = found.access_key

    def create_client(*_: Any, **__: Any) -> None:
        ask("the client")
        other = threading.Thread(target=ask, args=("another thread",))
        other.start()
        other.join()

    monkeypatch.setattr(session, "create_client", create_client)
    session.client("sts", "eu-central-1", LENT)
    ask("afterwards")
    assert seen == {"the client": "AKIALENT", "another thread": "AKIAOWN", "afterwards": "AKIAOWN"}


@pytest.mark.parametrize(
    "body", [b'{"__type": {"a": 1}}', b'{"code": [], "message": "x"}', b'{"__type": "X", "message": {"a": []}}', b'"x"']
)
def test_an_error_body_with_unexpected_types_is_not_from_aws(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    raw = SimpleNamespace(stream=lambda *_: iter([body]), read=lambda *_: body)
    answer = AWSResponse("https://x", 400, cast("Any", {"content-type": "application/json"}), raw)
    monkeypatch.setattr(ConnectionPools, "send", lambda *_, **__: answer)
    client = LendingSession().client("eks", "eu-central-1", Credentials("AKIDEXAMPLE", "secret"))
    with pytest.raises(LeastwayError, match="does not come from AWS"), aws_errors("x"):
        client.describe_cluster(name="api")
