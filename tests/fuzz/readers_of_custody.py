"""Readers of what custody is given: credentials of accounts, wrapping keys, sealed files."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from leastway.custody import Custody, FileWrappingKey, create_key_file, open_key_file, open_sealed, seal_to
from leastway.registry import read_account_credentials
from tests.fuzz.reader import reader

_KEY = FileWrappingKey(b"k" * 32)


def _credentials() -> Sequence[bytes]:
    role = {"aws_role": "arn:aws:iam::111122223333:role/humanitec-s3", "external_id": "an-external-id"}
    key = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret/of+sixteen"}
    return [json.dumps({"type": "aws-role", **role}).encode(), json.dumps({"type": "aws", **key}).encode()]


@reader("account credentials", _credentials, "registry.account_type.read_account_credentials", share=0.3)
def _account_credentials(data: bytes, folder: Path) -> str | None:
    try:
        written = json.loads(data)
        type_id = written.pop("type")
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        written, type_id = data.decode("utf-8", "replace"), "aws"
    return repr(read_account_credentials(str(type_id), written))


@cache
def _sealed() -> bytes:
    file = io.BytesIO()
    seal_to(file, Custody(_KEY), {"leastway": "test"}, [b"content" * 20])
    return file.getvalue()


@reader("sealed file", lambda: [_sealed()], "custody.sealed_file.read_header", share=0.3)
def _sealed_file(data: bytes, folder: Path) -> str | None:
    for _ in open_sealed(io.BytesIO(data), Custody(_KEY), where="file"):
        pass
    return None


def _key_files() -> Sequence[bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        create_key_file(path)
        return [path.read_bytes()]


@reader("wrapping key", cache(_key_files), share=0.3)
def _wrapping_key(data: bytes, folder: Path) -> str | None:
    path = folder / "key"
    path.write_bytes(data)
    path.chmod(0o600)
    try:
        return open_key_file(path).id
    finally:
        path.unlink()
