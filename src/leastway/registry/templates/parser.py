"""From the text of a template to its tree: the subset of Go's text/template that docs/drivers.md describes.

Source: Go, package text/template, "Actions", "Arguments", "Pipelines", "Variables".
"""

from __future__ import annotations

from typing import Final

from leastway.registry.templates.functions import FUNCTIONS, Function
from leastway.registry.templates.lexer import TemplateToken, TokenKind, tokens_of
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

__all__ = ["parse"]

LONGEST: Final = 256 * 1024
_DEEPEST: Final = 50
_CONSTANTS: Final = {"true": True, "false": False, "nil": None}
_REFUSED_ACTIONS: Final = ("define", "template", "block")
_END: Final = TemplateToken(TokenKind.CLOSE, "", -1)


def parse(text: str) -> tuple[Statement, ...]:
    """Return the tree of a template. Errors: RefusedAtError for what is not valid, or not of the subset."""
    if len(text) > LONGEST:
        raise RefusedAtError(f"the template is longer than {LONGEST // 1024} KiB", 0, "split it")
    parser = _Parser(list(tokens_of(text)), len(text))
    statements, stop = parser.statements()
    if stop is not None:
        raise RefusedAtError(f"{{{{ {stop.value} }}}} has no beginning", stop.at, "remove it")
    return statements


class _Parser:
    def __init__(self, tokens: list[TemplateToken], length: int) -> None:
        self._tokens = tokens
        self._place = 0
        self._length = length
        self._depth = 0
        self._loops = 0
        self._variables = ["$"]

    def statements(self) -> tuple[tuple[Statement, ...], TemplateToken | None]:
        """Return statements, and the `else` or `end` that stops them, which is taken."""
        self._depth += 1
        found: list[Statement] = []
        while self._place < len(self._tokens):
            token = self._take()
            if token.kind is TokenKind.TEXT:
                found.append(LiteralText(token.value))
                continue
            word = self._peek()
            if self._depth > _DEEPEST:
                raise RefusedAtError("the template is nested too deeply", word.at, "make it simpler")
            if word.kind is TokenKind.WORD and word.value in ("else", "end"):
                self._place += 1
                if word.value == "end":
                    self._close()
                self._depth -= 1
                return tuple(found), word
            found.append(self._action(word))
        self._depth -= 1
        return tuple(found), None

    def _action(self, word: TemplateToken) -> Statement:
        if word.kind is TokenKind.WORD:
            if word.value in ("if", "with", "range"):
                self._place += 1
                return self._control(word)
            if word.value in ("break", "continue") and self._peek(1).kind is TokenKind.CLOSE:
                self._place += 1
                self._close()
                if not self._loops:
                    raise RefusedAtError(f"{word.value} is outside of range", word.at, "remove it")
                return Step(word.value == "break", word.at)
            if word.value in _REFUSED_ACTIONS:
                raise RefusedAtError(f"the action {word.value} is not served", word.at, "write the text in its place")
        if word.kind is TokenKind.CLOSE:
            raise RefusedAtError("the action is empty", word.at, "remove it")
        if (
            word.kind is TokenKind.VARIABLE
            and (sign := self._peek(1)).kind is TokenKind.SIGN
            and sign.value in (":=", "=")
        ):
            self._place += 2
            is_new = sign.value == ":="
            if not is_new:
                self._check_variable(word)
            expression = self._pipeline()
            self._close()
            if is_new:
                self._declare(word)
            return Assign(word.value, expression, is_new, word.at)
        expression = self._pipeline()
        self._close()
        return Printed(expression, word.at)

    def _control(self, word: TemplateToken) -> Statement:
        known = len(self._variables)
        names = self._control_variables(word)
        condition = self._pipeline()
        self._close()
        for name in names:
            self._declare(name)
        inside = len(self._variables)
        self._loops += word.value == "range"
        body, stop = self.statements()
        self._loops -= word.value == "range"
        del self._variables[inside:]
        otherwise: tuple[Statement, ...] = ()
        if stop is not None and stop.value == "else":
            following = self._peek()
            if following.kind is TokenKind.WORD and following.value in ("if", "with") and word.value == following.value:
                self._place += 1
                self._depth += 1
                if self._depth > _DEEPEST:
                    raise RefusedAtError("the template is nested too deeply", word.at, "make it simpler")
                otherwise, stop = (self._control(following),), following
                self._depth -= 1
            else:
                self._close()
                otherwise, stop = self.statements()
                if stop is not None and stop.value == "else":
                    raise RefusedAtError("a second else is not possible here", stop.at, "remove it")
        if stop is None:
            raise RefusedAtError(f"{{{{ {word.value} }}}} has no end", word.at, "close it with {{ end }}")
        del self._variables[known:]
        variables = tuple(name.value for name in names)
        if word.value == "range":
            return Loop(condition, body, otherwise, variables, word.at)
        made = Branch if word.value == "if" else Scoped
        return made(condition, body, otherwise, variables[0] if variables else None, word.at)

    def _control_variables(self, word: TemplateToken) -> list[TemplateToken]:
        """Return the variables that the action declares: `$x :=`, and for range also `$key, $x :=`."""
        first = self._peek()
        if first.kind is not TokenKind.VARIABLE:
            return []
        sign = self._peek(1)
        if sign.kind is not TokenKind.SIGN or sign.value not in (":=", "=", ","):
            return []
        if sign.value == "=":
            raise RefusedAtError(f"an assignment in {word.value} is not served", sign.at, "declare the variable: :=")
        if sign.value == ":=":
            self._place += 2
            return [first]
        second, declares = self._peek(2), self._peek(3)
        is_pair = second.kind is TokenKind.VARIABLE and declares.kind is TokenKind.SIGN and declares.value == ":="
        if word.value != "range" or not is_pair:
            raise RefusedAtError("the comma is not expected here", sign.at, "write range $key, $value := ...")
        self._place += 4
        return [first, second]

    def _pipeline(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RefusedAtError("the template is nested too deeply", self._peek().at, "make it simpler")
        found = self._command(None)
        while self._peek().kind is TokenKind.SIGN and self._peek().value == "|":
            self._place += 1
            found = self._command(found)
        self._depth -= 1
        return found

    def _command(self, piped: Expression | None) -> Expression:
        first = self._peek()
        if first.kind is TokenKind.WORD and first.value not in _CONSTANTS:
            self._place += 1
            function = _function(first)
            arguments = []
            while (found := self._operand()) is not None:
                arguments.append(found)
            if piped is not None:
                arguments.append(piped)
            _check_count(first, function, len(arguments))
            return FunctionCall(first.value, tuple(arguments), first.at, piped is not None)
        operand = self._operand()
        if operand is None:
            raise RefusedAtError("a value is missing here", self._at(first), "write a value or a function")
        if isinstance(operand, Constant) and operand.value is None:
            raise RefusedAtError("nil is not a value of its own", operand.at, "use it as an argument")
        after = self._peek()
        if piped is not None or self._begins_operand(after):
            at = first.at if piped is not None else after.at
            raise RefusedAtError("only a function takes arguments", at, "write the name of a function")
        return operand

    def _begins_operand(self, token: TemplateToken) -> bool:
        return token.kind in (
            TokenKind.CONSTANT,
            TokenKind.VARIABLE,
            TokenKind.FIELD,
            TokenKind.DOT,
            TokenKind.WORD,
        ) or (token.kind is TokenKind.SIGN and token.value == "(")

    def _operand(self) -> Expression | None:
        """Return the next operand with its fields, or None if there is none."""
        token = self._peek()
        if not self._begins_operand(token):
            return None
        self._place += 1
        found: Expression
        match token.kind:
            case TokenKind.CONSTANT:
                found = Constant(token.value, token.at)
            case TokenKind.VARIABLE:
                self._check_variable(token)
                found = VariableUse(token.value, token.at)
            case TokenKind.DOT:
                found = VariableUse(".", token.at)
            case TokenKind.FIELD:
                found = Chain(VariableUse(".", token.at), (token.value,), token.at)
            case TokenKind.SIGN:
                found = self._pipeline()
                closing = self._take_sign(")")
                if closing is None:
                    raise RefusedAtError("the parenthesis is not closed", token.at, "close it with )")
            case _:
                if token.value not in _CONSTANTS:
                    _check_count(token, _function(token), 0)
                    return self._spaced(FunctionCall(token.value, (), token.at))
                found = Constant(_CONSTANTS[token.value], token.at)
        names = []
        while (following := self._peek()).kind is TokenKind.FIELD and not following.follows_space:
            if isinstance(found, Constant):
                raise RefusedAtError("a constant has no fields", following.at, "correct the action")
            names.append(following.value)
            self._place += 1
        if names:
            inner = found if not isinstance(found, Chain) or token.kind is TokenKind.SIGN else found.of
            before = found.names if isinstance(found, Chain) and inner is not found else ()
            found = Chain(inner, (*before, *names), token.at)
        return self._spaced(found)

    def _spaced(self, found: Expression) -> Expression:
        """Refuse an operand that touches the next one, as Go does."""
        after = self._peek()
        touches = not after.follows_space and after.kind is not TokenKind.CLOSE
        if touches and not (after.kind is TokenKind.SIGN and after.value in ")|,="):
            raise RefusedAtError("a space is missing here", self._at(after), "separate values by spaces")
        return found

    def _declare(self, token: TemplateToken) -> None:
        if token.value == "$":
            raise RefusedAtError("the variable has no name", token.at, "name it: $x")
        self._variables.append(token.value)

    def _check_variable(self, token: TemplateToken) -> None:
        if token.value not in self._variables:
            fix = f"declare it first: {token.value} := ..."
            raise RefusedAtError(f"the variable {token.value} is not declared", token.at, fix)

    def _take(self) -> TemplateToken:
        self._place += 1
        return self._tokens[self._place - 1]

    def _peek(self, ahead: int = 0) -> TemplateToken:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else _END

    def _take_sign(self, sign: str) -> TemplateToken | None:
        token = self._peek()
        if token.kind is TokenKind.SIGN and token.value == sign:
            self._place += 1
            return token
        return None

    def _close(self) -> None:
        token = self._peek()
        if token.kind is not TokenKind.CLOSE or token is _END:
            raise RefusedAtError("the action does not end here as it must", self._at(token), "correct the action")
        self._place += 1

    def _at(self, token: TemplateToken) -> int:
        return self._length if token is _END else token.at


def _function(word: TemplateToken) -> Function:
    found = FUNCTIONS.get(word.value)
    if found is None:
        fix = "docs/drivers.md lists the functions of templates"
        raise RefusedAtError(f"the function {word.value} is not served", word.at, fix)
    return found


def _check_count(word: TemplateToken, function: Function, count: int) -> None:
    if count < function.least or (function.most is not None and count > function.most):
        if function.most is None:
            wanted = f"at least {function.least}"
        else:
            wanted = f"{function.least}" if function.most == function.least else f"{function.least} to {function.most}"
        fix = f"it takes {wanted}"
        raise RefusedAtError(f"the function {word.value} gets {count} argument{'s' * (count != 1)}", word.at, fix)
