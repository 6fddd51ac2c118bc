"""Readers of what custody is given: credentials of accounts, wrapping keys, sealed files, and dumps of the database."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, create_engine

from leastway.custody import Custody, FileWrappingKey, create_key_file, open_key_file, open_sealed, seal_to
from leastway.ports import Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.registry import read_account_credentials
from leastway.store.backup import dump, load
from leastway.store.schema import metadata
from leastway.store.secrets import Secrets
from leastway.store.tenants import Tenants
from leastway.tenants import Organization
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


@cache
def _empty_store() -> Engine:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
    return engine


def _dumps() -> Sequence[bytes]:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    with _empty_store().connect() as connection:
        Tenants(connection).add_organization(Organization("acme", "Acme", now))
        place = SecretPlace(Holder("acme", HolderKind.ACCOUNT, "aws-prod"), 1)
        Secrets(connection, now).add(Custody(_KEY).seal(place, Secret("text")), "u1")
        lines = list(dump(connection))
        connection.rollback()
    return [b"".join(lines), b"".join(line for line in lines if b"acme" in line or b"rows" in line)]


@reader("dump of the database", cache(_dumps), "store.backup.load", share=0.1)
def _dump(data: bytes, folder: Path) -> str | None:
    with _empty_store().connect() as connection:
        try:
            return str(load(connection, data.splitlines()))
        finally:
            connection.rollback()
