"""Questions of proofs, each asked once in a test run.

Most tests change one object of a grant and prove the whole grant again. The questions about its other objects are the
same each time, and their answers are pure values. A `conftest.py` imports the fixture.
"""

import functools
from collections.abc import Iterator

import pytest

from leastway.proof import claims

__all__ = ["questions_asked_once"]

_ANSWERED = {
    name: functools.cache(getattr(claims, name))
    for name in ("admits_only", "cannot_widen", "compare", "impossible", "possible")
}


@pytest.fixture(autouse=True, scope="package")
def questions_asked_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, answered in _ANSWERED.items():
            patch.setattr(claims, name, answered)
        yield
