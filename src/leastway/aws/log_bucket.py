"""Audit logs in an S3 bucket: objects are created, and never replaced by other content.

A tile, a bundle or a key is written on condition that the object does not exist; if it does, it must have the same
content. A checkpoint is replaced on condition that it is the one that was read before. Nothing is deleted: a tile that
grew stays next to its successor, which the format allows. So the writer needs s3:PutObject, s3:GetObject and
s3:ListBucket (without which S3 refuses to say that an object does not exist), and a bucket may have an object lock.
Source: Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from leastway.aws.errors import aws_errors, code_of
from leastway.aws.session import LendingSession
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import SessionKeys
from leastway.tlog import CHECKPOINT

__all__ = ["BucketLog", "LogBucket"]

_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9!_.*'()/-]{0,512}))?")
_ABSENT = frozenset({"NoSuchKey", "404"})
_CONFLICTS = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class LogBucket:
    """A bucket, or a prefix in it, that has a log below each of several paths. One thread uses it at a time."""

    def __init__(
        self,
        url: str,
        region: str,
        keys: Callable[[], SessionKeys] | None = None,
        session: LendingSession | None = None,
    ) -> None:
        """Use `s3://BUCKET/PREFIX` in a region, signed with what `keys` returns, or with the ambient credentials.

        Errors: InvalidInputError for another URL.
        """
        found = _URL.fullmatch(url)
        if found is None:
            raise InvalidInputError("it is not the URL of a bucket", where=url, fix="write it as s3://BUCKET/PREFIX")
        self.bucket, prefix = found[1], (found[2] or "").strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._region = region
        self._keys = keys
        self._session = session or LendingSession()
        self._client: Any = None
        self._signed_by: SessionKeys | None = None

    def log(self, path: str = "") -> BucketLog:
        """Return the log below `path`."""
        return BucketLog(self, self._prefix + (f"{path}/" if path else ""))

    def s3(self) -> Any:
        """Return the client, which is created again when the key changes."""
        keys = None if self._keys is None else self._keys()
        if self._client is None or keys != self._signed_by:
            lent = None
            if keys is not None:
                token = None if keys.token is None else keys.token.reveal()
                lent = Credentials(keys.key_id, keys.secret.reveal(), token)
            self._client, self._signed_by = self._session.client("s3", self._region, lent), keys
        return self._client


class BucketLog:
    """The files of one log, by the paths of tlog-tiles; see `leastway.published.FolderLog`."""

    def __init__(self, bucket: LogBucket, prefix: str) -> None:
        self.where = f"s3://{bucket.bucket}/{prefix}".rstrip("/")
        self._bucket = bucket
        self._prefix = prefix
        self._etag: str | None = None
        """The checkpoint that was read or written last."""

    def read(self, path: str) -> bytes | None:
        """Return an object, or None where there is none. Errors: LeastwayError if it cannot be read."""
        where = f"{self.where}/{path}"
        with aws_errors(where):
            try:
                answer = self._bucket.s3().get_object(Bucket=self._bucket.bucket, Key=self._prefix + path)
            except ClientError as error:
                if code_of(error) not in _ABSENT:
                    raise
                return None
            data: bytes = answer["Body"].read()
        if path == CHECKPOINT:
            self._etag = answer["ETag"]
        return data

    def write(self, path: str, data: bytes) -> None:
        """Create an object, or replace the checkpoint that was read last. Errors: LeastwayError."""
        condition = {"IfNoneMatch": "*"}
        if path == CHECKPOINT and self._etag is not None:
            condition = {"IfMatch": self._etag}
        where = f"{self.where}/{path}"
        with aws_errors(where):
            try:
                answer = self._bucket.s3().put_object(
                    Bucket=self._bucket.bucket, Key=self._prefix + path, Body=data, **condition
                )
            except ClientError as error:
                if code_of(error) not in _CONFLICTS:
                    raise
                self._etag = None
                if self.read(path) == data:
                    return
                raise LeastwayError(
                    "the object exists with other content, and is not replaced",
                    where=where,
                    fix="find out who wrote it; if two servers share the prefix, the copy goes on by itself",
                ) from error
            if path == CHECKPOINT:
                self._etag = answer["ETag"]

    def delete(self, path: str) -> None:
        """Leave the object: nothing in the bucket is deleted."""
