import threading
from typing import Any

import pytest
from botocore.credentials import Credentials

from leastway.aws.session import LendingSession

LENT = Credentials("AKIALENT", "secret")


def test_what_is_lent_to_one_client_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread that asks for the session's own credentials meanwhile must not get those of another account."""
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
