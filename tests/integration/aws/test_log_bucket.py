"""Copies of audit logs in an S3 bucket: conditional writes, a bucket that is away, and its check by the engineer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leastway.app.audit.verify import VerifiedLog, verify
from leastway.aws.log_bucket import LogBucket
from leastway.broker.logs import LogCopies
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import SessionKeys
from tests.contract.live.world import REGION, AwsWorld
from tests.contract.platform.audit_logs import NAME, entry, opened, signer_of

pytestmark = pytest.mark.integration

KEY = str(signer_of(f"{NAME}/acme").key)
BUCKET = "audit-copy"


@pytest.fixture
def url(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """An empty prefix of a bucket, whose owner is the ambient identity."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.admin.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.admin.secret.reveal())
    monkeypatch.setenv("AWS_REGION", REGION)
    s3 = aws.client("s3")
    if BUCKET not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return f"s3://{BUCKET}/{request.node.name[:40]}"


def _until(is_true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def _grow(store: str, records: Path, url: str, old: int, new: int) -> None:
    with opened(store, records) as logs:
        copies = LogCopies(logs.store, LogBucket(url, REGION).log, pause=0.01)
        logs.keeper._on_published = copies.offer
        with copies:
            logs.append(*map(entry, range(old, new)))
            _until(lambda: copies.behind == 0 and copies._sizes.get(("acme", 1)) == new)
            assert copies.problem is None


def _size(url: str) -> int:
    found = verify(url, KEY)
    assert isinstance(found, VerifiedLog)
    assert found.is_intact, found.check.faults
    assert found.check.signed is not None
    return found.check.signed.checkpoint.size


def test_the_copy_in_a_bucket_grows_goes_on_after_a_restart_and_is_verified_there(url: str, tmp_path: Path) -> None:
    store, done = str(tmp_path / "state" / "leastway.db"), 0
    for size in (3, 300):
        _grow(store, tmp_path / "records", url, done, size)
        done = size
        assert _size(f"{url}/acme") == size
    assert LogBucket(f"{url}/acme", REGION).log().read("tile/0/000.p/3") is not None  # nothing is deleted


def test_an_object_is_created_once_and_never_replaced_by_other_content(url: str) -> None:
    log = LogBucket(url, REGION).log("acme")
    assert log.read("tile/0/000") is None
    log.write("tile/0/000", b"one")
    log.write("tile/0/000", b"one")
    with pytest.raises(LeastwayError, match="exists with other content") as caught:
        log.write("tile/0/000", b"two")
    assert caught.value.where == f"{url}/acme/tile/0/000"
    assert log.read("tile/0/000") == b"one"


def test_a_checkpoint_is_replaced_only_if_it_is_the_one_that_was_read(url: str) -> None:
    mine, theirs = (LogBucket(url, REGION).log("acme") for _ in range(2))
    mine.write("checkpoint", b"1")
    mine.write("checkpoint", b"2")
    with pytest.raises(LeastwayError, match="exists with other content"):
        theirs.write("checkpoint", b"0")
    assert theirs.read("checkpoint") == b"2"
    theirs.write("checkpoint", b"3")
    with pytest.raises(LeastwayError, match="exists with other content"):
        mine.write("checkpoint", b"4")
    assert theirs.read("checkpoint") == b"3"


def test_a_bucket_that_is_missing_makes_the_copy_late_and_nothing_else(aws: AwsWorld, url: str, tmp_path: Path) -> None:
    store, bucket = str(tmp_path / "state" / "leastway.db"), "made-later"
    with opened(store, tmp_path / "records") as logs:
        copies = LogCopies(logs.store, LogBucket(f"s3://{bucket}", REGION).log, pause=0.01)
        logs.keeper._on_published = copies.offer
        with copies:
            logs.append(entry(1), entry(2))
            _until(lambda: copies.problem is not None)
            assert copies.behind == 2
            assert "bucket does not exist" in str(copies.problem)
            assert logs.check().targets == ["1", "2"]
            aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
            _until(lambda: copies.behind == 0)
    assert _size(f"s3://{bucket}/acme") == 2


def test_the_key_of_the_servers_identity_signs_and_is_looked_up_again(aws: AwsWorld, url: str) -> None:
    keys = [SessionKeys("AKIAAAAAAAAAAAAAAAAA", aws.admin.secret), SessionKeys(aws.admin.key_id, aws.admin.secret)]
    bucket = LogBucket(url, REGION, lambda: keys[0])
    with pytest.raises(LeastwayError):
        bucket.log("acme").write("key", b"k")
    keys.pop(0)
    bucket.log("acme").write("key", b"k")
    assert bucket.log("acme").read("key") == b"k"


@pytest.mark.parametrize("url", ["s3://", "s3://Bucket/x", "s3://b/x", "s3://bucket/a b", "https://bucket"])
def test_a_url_of_no_bucket_is_rejected(url: str) -> None:
    with pytest.raises(InvalidInputError, match="not the URL of a bucket"):
        LogBucket(url, REGION)
