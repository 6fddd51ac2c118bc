"""Errors that say which object they are about: a webhook's words, and a server that is busy, name none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from leastway.kube.deploying.kinds import ObjectName
from leastway.kube.errors import AdmissionError, ConflictError, InvalidError, NotFoundError, UnavailableError

__all__ = ["about"]


@contextmanager
def about(name: ObjectName) -> Iterator[None]:
    """Let the API server's refusals within the block begin with the object's name."""
    try:
        yield
    except (AdmissionError, ConflictError, InvalidError, NotFoundError, UnavailableError) as error:
        if str(name) not in error.what:
            error.what = f"{name}: {error.what}"
        raise
