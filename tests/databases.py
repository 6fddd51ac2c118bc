"""Databases for tests."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, make_url, text

__all__ = ["new_postgresql"]


@contextmanager
def new_postgresql(copy_of: str | None = None) -> Iterator[str]:
    """Give the URL of a PostgreSQL database, which is dropped at the end; skip where there is no server.

    It is empty, or a copy of the database `copy_of`, a URL, which nothing may be connected to meanwhile.
    """
    url = os.environ.get("LEASTWAY_TEST_POSTGRESQL")
    if not url:
        pytest.skip("LEASTWAY_TEST_POSTGRESQL names no PostgreSQL database")
    name = f"test_{uuid.uuid4().hex[:12]}"
    template = "template1" if copy_of is None else make_url(copy_of).database
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()
