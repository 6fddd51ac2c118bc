"""Each question is asked once in this folder.

Most tests change one object of a grant and prove the whole grant again. The questions about its other objects are the
same each time, and their answers are pure values.
"""

import functools
from collections.abc import Iterator

import pytest

from leastway.proof import claims

_QUESTIONS = ("admits_only", "cannot_widen", "compare", "impossible", "possible")


@pytest.fixture(autouse=True, scope="package")
def questions_asked_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in _QUESTIONS:
            patch.setattr(claims, name, functools.cache(getattr(claims, name)))
        yield
