"""The first access key: created once, kept once, and unknown keys are never deleted."""

import http.client
import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import boto3
import pytest

from leastway.errors import LeastwayError
from leastway.estate import EstateObject, Mark, Observed
from leastway.ports import AlreadyThereError
from leastway.primitives import Secret
from tests.contract.live.world import ACCOUNT, KEY, POLICY, REGION, USER, AwsWorld, Custody

pytestmark = pytest.mark.integration

MARK = Mark("acme")


class BrokenCustody(Custody):
    """Fails to keep a key, like a kill right after CreateAccessKey."""

    def keep(self, account: str, user: str, key_id: str, secret: Secret) -> None:
        raise LeastwayError("the disk is full")


def make(aws: AwsWorld, *wanted: EstateObject) -> None:
    for one in wanted:
        aws.site(one).create(one, MARK)


def look(aws: AwsWorld) -> Observed | None:
    return aws.site(KEY).observe([KEY], "acme").objects.get(KEY.address)


def ids(aws: AwsWorld) -> set[str]:
    found = aws.client("iam").list_access_keys(UserName=USER.name)["AccessKeyMetadata"]
    return {key["AccessKeyId"] for key in found}


def lose_a_key(aws: AwsWorld) -> str:
    """Create a key that custody cannot keep; return its id."""
    lost = AwsWorld(aws.sandbox, aws.admin, BrokenCustody(aws.custody.intentions))
    with pytest.raises(LeastwayError):
        make(lost, KEY)
    (orphan,) = ids(aws)
    return orphan


@contextmanager
def losing_the_first_answer(target: str, call: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy for `target` that forwards each call, but returns an error for the first `call`."""
    lost: list[bytes] = []

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with closing(http.client.HTTPConnection(target.removeprefix("http://"))) as there:
                there.request("POST", self.path, body, dict(self.headers))
                answer = there.getresponse()
                status, content = answer.status, answer.read()
            if call in body and not lost:
                lost.append(content)
                status, content = 503, b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the standard library's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", lost
        server.shutdown()


def test_the_key_is_kept_by_custody_and_works(aws: AwsWorld) -> None:
    make(aws, POLICY, USER, KEY)
    ((account, user, key_id, secret),) = aws.custody.kept
    assert (account, user) == (ACCOUNT, USER.name)
    sts = boto3.client("sts", region_name=REGION, aws_access_key_id=key_id, aws_secret_access_key=secret.reveal())
    assert sts.get_caller_identity()["Arn"] == USER.arn
    assert aws.custody.intentions == {}
    observed = look(aws)
    assert observed is not None
    assert observed.unique_id == key_id


def test_a_key_that_was_not_kept_is_replaced(aws: AwsWorld) -> None:
    make(aws, POLICY, USER)
    orphan = lose_a_key(aws)
    assert look(aws) is None, "an orphan does not count as a key"
    make(aws, KEY)
    ((_, _, kept, _),) = aws.custody.kept
    assert ids(aws) == {kept}
    assert kept != orphan


def test_nothing_is_replaced_after_a_stop_before_the_key_was_created(aws: AwsWorld) -> None:
    make(aws, POLICY, USER)
    aws.custody.intend(ACCOUNT, USER.name, frozenset())
    make(aws, KEY)
    assert ids(aws) == {aws.custody.kept[0][2]}


def test_a_key_is_deleted_when_its_response_was_lost(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    make(aws, POLICY, USER)
    direct = os.environ["AWS_ENDPOINT_URL"]
    with losing_the_first_answer(direct, b"Action=CreateAccessKey") as (url, lost):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        make(AwsWorld(aws.sandbox, aws.admin, aws.custody), KEY)
    monkeypatch.setenv("AWS_ENDPOINT_URL", direct)
    assert len(lost) == 1
    assert ids(aws) == {aws.custody.kept[0][2]}


def test_two_unknown_keys_are_an_error(aws: AwsWorld) -> None:
    make(aws, POLICY, USER)
    lose_a_key(aws)
    aws.client("iam").create_access_key(UserName=USER.name)
    before = ids(aws)
    with pytest.raises(LeastwayError, match="left from a run that was interrupted") as caught:
        make(aws, KEY)
    assert all(key in caught.value.what for key in before)
    assert ids(aws) == before


def test_a_key_in_use_is_not_treated_as_an_orphan(aws: AwsWorld) -> None:
    make(aws, POLICY, USER)
    aws.custody.intend(ACCOUNT, USER.name, frozenset())
    made = aws.client("iam").create_access_key(UserName=USER.name)["AccessKey"]
    boto3.client(
        "sts",
        region_name=REGION,
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
    ).get_caller_identity()
    with pytest.raises(LeastwayError, match="which is in use"):
        make(aws, KEY)
    assert ids(aws) == {made["AccessKeyId"]}


def test_no_key_is_created_for_a_user_that_has_one(aws: AwsWorld) -> None:
    make(aws, POLICY, USER)
    aws.by_hand(KEY)
    assert look(aws) is not None
    with pytest.raises(AlreadyThereError):
        make(aws, KEY)
    assert aws.custody.intentions == {}
    assert aws.custody.kept == []


def test_an_orphan_is_deleted_when_the_key_is_no_longer_desired(aws: AwsWorld) -> None:
    make(aws, POLICY, USER)
    lose_a_key(aws)
    found = aws.site(KEY).observe([USER], "acme").objects[KEY.address]
    aws.site(KEY).delete(found)
    assert ids(aws) == set()


def test_the_secret_is_not_logged(aws: AwsWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    again = AwsWorld(aws.sandbox, aws.admin, aws.custody)
    make(again, POLICY, USER, KEY)
    secret = aws.custody.kept[0][3].reveal()
    assert secret not in caplog.text
    assert aws.admin.secret.reveal() not in caplog.text
