"""What a template makes of its data: a text, and which parts of it have secrets in them.

- A function gets secrets as they are, and what it makes of them is a secret again.
- What is written because a condition on a secret holds is a secret, and so is what is assigned there. A secret cannot
  choose a list or an object, change an object, or end a loop: what follows would tell.
- Printing nil, or a field that does not exist, is refused: Go would write `<no value>` into the text.
- Steps, depth and sizes are bounded, so every template ends soon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.registry.templates.functions import CHANGING, FUNCTIONS, LAZY
from leastway.registry.templates.functions.function import opened
from leastway.registry.templates.printing import printed
from leastway.registry.templates.refusal import RefusedAtError
from leastway.registry.templates.tree import (
    Assign,
    Branch,
    Chain,
    Constant,
    Expression,
    FunctionCall,
    LiteralText,
    Loop,
    Printed,
    Scoped,
    Statement,
    Step,
    VariableUse,
)
from leastway.registry.templates.values import (
    MISSING,
    MOST_TEXT,
    FailedError,
    Hidden,
    WorkBudget,
    chosen,
    has_hidden,
    hide,
    reveal,
    truth,
)

__all__ = ["Evaluation"]


class _LeaveError(Exception):
    """`break` or `continue`."""

    def __init__(self, *, is_break: bool) -> None:
        super().__init__()
        self.is_break = is_break


@dataclass(slots=True)
class Evaluation:
    """One rendering. `pieces` are the parts of the text, each with whether it is a secret."""

    data: Any
    budget: WorkBudget = field(default_factory=WorkBudget)
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    _length: int = 0
    _secret_conditions: int = 0
    _around_loop: int = 0
    """How many conditions on secrets are around the innermost loop."""
    _variables: list[tuple[str, Any]] = field(default_factory=list)

    def render(self, statements: Sequence[Statement]) -> None:
        """Write the text of statements. Errors: RefusedAtError."""
        self._variables = [("$", self.data)]
        self._run(statements, self.data)

    def _run(self, statements: Sequence[Statement], dot: Any) -> None:
        known = len(self._variables)
        for statement in statements:
            self._step(statement, dot)
        del self._variables[known:]

    def _step(self, statement: Statement, dot: Any) -> None:
        match statement:
            case LiteralText(text):
                self._write(text, False, 0)
            case Printed(expression, at):
                value, is_secret = opened(self._value(expression, dot))
                shown = None if value is MISSING else value
                self._write(_guarded(lambda: printed(shown, self.budget), at), is_secret, at)
            case Assign(name, expression, is_new, at):
                value = self._value(expression, dot)
                if self._secret_conditions and not is_new:
                    value = _guarded(lambda: chosen(value), at)
                self._assign(name, value, is_new=is_new)
            case Branch():
                self._branch(statement, dot)
            case Scoped():
                self._scoped(statement, dot)
            case Loop():
                self._loop(statement, dot)
            case Step(is_break, at):
                if self._secret_conditions > self._around_loop:
                    raise RefusedAtError("a secret cannot end a loop", at, "decide inside of the loop")
                raise _LeaveError(is_break=is_break)

    def _assign(self, name: str, value: Any, *, is_new: bool) -> None:
        if is_new:
            self._variables.append((name, value))
            return
        for place in range(len(self._variables) - 1, -1, -1):
            if self._variables[place][0] == name:
                self._variables[place] = (name, value)
                return
        raise AssertionError(name)

    def _branch(self, statement: Branch, dot: Any) -> None:
        value = self._value(statement.condition, dot)
        self._within(statement, value, dot, dot)

    def _scoped(self, statement: Scoped, dot: Any) -> None:
        value = self._value(statement.value, dot)
        self._within(statement, value, value, dot)

    def _within(self, statement: Branch | Scoped, value: Any, inside: Any, dot: Any) -> None:
        known = len(self._variables)
        if statement.variable is not None:
            self._variables.append((statement.variable, value))
        is_secret = isinstance(value, Hidden)
        self._secret_conditions += is_secret
        try:
            if truth(value):
                self._run(statement.body, inside)
            else:
                self._run(statement.otherwise, dot)
        finally:
            self._secret_conditions -= is_secret
            del self._variables[known:]

    def _loop(self, statement: Loop, dot: Any) -> None:
        over = self._value(statement.over, dot)
        pairs: list[tuple[Any, Any]]
        if isinstance(over, dict):
            pairs = sorted(over.items())
        elif isinstance(over, list):
            pairs = list(enumerate(over))
        elif over is None or over is MISSING:
            pairs = []
        else:
            raise RefusedAtError("range needs a list or an object", statement.at, "range over one of them")
        known = len(self._variables)
        if not pairs:
            self._variables += [(name, over) for name in statement.variables]  # as Go has them there
            self._run(statement.otherwise, dot)
            del self._variables[known:]
            return
        for key, value in pairs:
            _guarded(self.budget.spend, statement.at)
            match statement.variables:
                case (one,):
                    self._variables.append((one, value))
                case (first, second):
                    self._variables += [(first, key), (second, value)]
            before, around = self._secret_conditions, self._around_loop
            self._around_loop = before
            try:
                self._run(statement.body, value)
            except _LeaveError as left:
                self._secret_conditions = before
                if left.is_break:
                    break
            finally:
                self._around_loop = around
                del self._variables[known:]

    def _value(self, expression: Expression, dot: Any) -> Any:
        _guarded(self.budget.spend, expression.at)
        match expression:
            case Constant(value):
                return value
            case VariableUse("."):
                return dot
            case VariableUse(name):
                return next(value for known, value in reversed(self._variables) if known == name)
            case Chain(of, names, at):
                value = self._value(of, dot)
                for name in names:
                    value = _field(value, name, at)
                return value
            case FunctionCall():
                return self._call(expression, dot)
        raise AssertionError(expression)

    def _call(self, call: FunctionCall, dot: Any) -> Any:
        function = FUNCTIONS[call.name]
        if call.name in LAZY:
            return self._and_or(call, dot)
        first = [self._value(call.arguments[-1], dot)] if call.is_piped else []
        arguments = [*(self._value(one, dot) for one in call.arguments[: len(call.arguments) - len(first)]), *first]

        def act() -> Any:
            if self._secret_conditions and call.name in CHANGING:
                raise FailedError("a secret cannot decide whether an object changes")
            if function.keeps_secrets:
                return function.act(self.budget, *arguments)
            is_secret = any(has_hidden(one, self.budget) for one in arguments)
            try:
                found = function.act(self.budget, *(reveal(one, self.budget) for one in arguments))
            except FailedError as error:
                if is_secret:
                    raise FailedError(f"the function {call.name} fails with a secret") from error
                raise
            return hide(found, self.budget) if is_secret else found

        return _guarded(act, call.at)

    def _and_or(self, call: FunctionCall, dot: Any) -> Any:
        """Return the first argument that decides; the others are not evaluated."""
        is_secret, value = False, None
        piped = self._value(call.arguments[-1], dot) if call.is_piped else None
        for number, one in enumerate(call.arguments, 1):
            is_last = call.is_piped and number == len(call.arguments)
            value = piped if is_last else self._value(one, dot)
            is_hidden = isinstance(value, Hidden)
            if truth(value) is (call.name == "or"):
                break
            is_secret = is_secret or is_hidden
        return _guarded(lambda: chosen(value), call.at) if is_secret else value

    def _write(self, text: str, is_secret: bool, at: int) -> None:
        self._length += len(text)
        if self._length > MOST_TEXT:
            raise RefusedAtError("the text becomes longer than 1 MiB", at, "let the template write less")
        if text:
            self.pieces.append((text, is_secret or self._secret_conditions > 0))


_ENDS: Final = "correct the template, or what it is given"


def _guarded(act: Any, at: int) -> Any:
    try:
        return act()
    except FailedError as error:
        raise RefusedAtError(str(error), at, _ENDS) from error


def _field(value: Any, name: str, at: int) -> Any:
    if value is MISSING:
        return MISSING
    if isinstance(value, Mapping):
        return value.get(name, MISSING)
    what = "nil" if value is None else "a value that is not an object"
    raise RefusedAtError(f"{what} has no field {name}", at, "check it first: {{ if ... }}")
