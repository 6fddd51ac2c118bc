"""Random templates of the subset, from a seed."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Any, Final

from leastway.registry.templates import FUNCTIONS
from tests.template_cases import DATA

__all__ = ["LEAVES", "LEFT_OUT", "random_template"]

# What sprig gives in no order, what is random, and what changes the data.
LEFT_OUT: Final = frozenset(
    {"keys", "values", "randAlpha", "randAlphaNum", "randNumeric", "fail", "until", "repeat", "set", "unset"}
)
LEAVES: Final = [
    *(f".{name}" for name in DATA),
    *(
        '"a"',
        '"a.b"',
        '"."',
        '"x"',
        '" b "',
        '""',
        "0",
        "1",
        "2",
        "-1",
        "2.5",
        "true",
        "false",
        "$x",
        ".missing",
        "nil",
    ),
]


def _expression(chance: random.Random, depth: int, leaves: Sequence[str], left_out: Collection[str]) -> str:
    if depth == 0 or chance.random() < 0.25:
        return chance.choice(leaves)
    name = chance.choice(sorted(FUNCTIONS.keys() - set(left_out)))
    function = FUNCTIONS[name]
    most = function.least + 2 if function.most is None else function.most
    arguments = [_expression(chance, depth - 1, leaves, left_out) for _ in range(chance.randint(function.least, most))]
    call = " ".join([name, *arguments[:-1]])
    if arguments and chance.random() < 0.3:
        return f"({arguments[-1]} | {call})"
    return f"({' '.join([name, *arguments])})"


def random_template(
    chance: random.Random, depth: int, leaves: Sequence[str] = LEAVES, left_out: Collection[str] = LEFT_OUT
) -> str:
    """Return a template of a few actions; what it does depends on the data."""
    shown: list[Any] = ["{{ $x := 5 }}"]
    for _ in range(chance.randint(1, 3)):
        expression = _expression(chance, depth, leaves, left_out)
        match chance.randrange(6):
            case 0:
                shown.append(f"{{{{ if {expression} }}}}y{{{{ else }}}}n{{{{ end }}}}")
            case 1:
                shown.append(
                    f"{{{{- range $k, $v := {expression} }}}}{{{{ $k }}}}={{{{ toRawJson $v }}}} {{{{ end -}}}} "
                )
            case 2:
                shown.append(f" {{{{ with {expression} -}}}} w {{{{- else -}}}} e {{{{ end }}}}")
            case 3:
                shown.append(f"{{{{ $x = {expression} }}}}{{{{ toRawJson $x }}}}")
            case _:
                shown.append(f"{{{{ {expression} }}}}")
    return "".join(shown)
