"""The functions of templates: those of Go's text/template and of sprig that are served. One file for each subject.

None of them reads a clock, a file, the environment or a network. `randAlpha`, `randAlphaNum` and `randNumeric` are the
only ones that do not give the same for the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leastway.registry.templates.functions.encodings import ENCODINGS
from leastway.registry.templates.functions.function import Function
from leastway.registry.templates.functions.lists import LISTS
from leastway.registry.templates.functions.logic import LOGIC
from leastway.registry.templates.functions.numbers import NUMBERS
from leastway.registry.templates.functions.objects import OBJECTS
from leastway.registry.templates.functions.texts import TEXTS

__all__ = ["CHANGING", "FUNCTIONS", "LAZY", "Function"]

FUNCTIONS: Final[Mapping[str, Function]] = {**TEXTS, **NUMBERS, **LOGIC, **LISTS, **OBJECTS, **ENCODINGS}

LAZY: Final = frozenset({"and", "or"})
"""Functions whose arguments are evaluated one after the other."""

CHANGING: Final = frozenset({"merge", "mergeOverwrite", "set", "unset"})
"""Functions that change an object that they are given."""
