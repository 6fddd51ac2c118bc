"""The docstring examples of the three most complex modules give the stated results."""

import doctest
from types import ModuleType

import pytest

from leastway.policy.prove.formulas import cases, search
from leastway.policy.prove.texts import automaton


@pytest.mark.parametrize("module", [automaton, search, cases], ids=lambda module: module.__name__)
def test_the_docstring_examples_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 3
    assert result.failed == 0
