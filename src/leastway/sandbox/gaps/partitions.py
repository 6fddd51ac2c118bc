"""Accounts in partitions other than `aws`.

AWS (AWS Fault Isolation Boundaries, "Partitions"; AWS GovCloud User Guide, "Amazon Resource Names"): an ARN begins with
the partition of its account; AWS managed policies exist in each partition, with ARNs of that partition as their name
and in their document; a key is known in its own partition only, and InvalidClientTokenId in others. ministack: uses
`arn:aws:` in every ARN, and knows every key everywhere.

This gap covers IAM, STS, EKS and the authorization of all services; objects of CloudFormation and other services stay
in `aws`.
"""

from __future__ import annotations
import __future__

import ast
import functools
import importlib
import inspect
import json
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from leastway.errors import LeastwayError
from leastway.primitives import Partition
from leastway.sandbox.process.engine import Function, change, iam, require, step
from leastway.sandbox.process.partitions import here

_MODULES = ("services.iam", "services.sts", "services.eks", "core.iam_evaluator", "core.iam_actions")
_WRITTEN = f"arn:{Partition.AWS}:"
_PREFIX = "_AWS_MANAGED_POLICY_PREFIX"
_POLICIES = "_aws_managed_policies"
_HERE, _POLICIES_HERE = "_leastway_partition", "_leastway_managed_policies"
_FUTURE = __future__.annotations.compiler_flag
_UNKNOWN = "The security token included in the request is invalid."


@step
def _write_partitions() -> None:
    prefix: str = iam(_PREFIX)
    for name in _MODULES:
        module = importlib.import_module(f"ministack.{name}")
        vars(module).update({_HERE: here, _POLICIES_HERE: _policies_here})
        for function in list(vars(module).values()):
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                _rewrite(function, prefix)


@change("core.iam_evaluator", "enforce")
def _enforce(original: Function, access_key: str, *request: Any, **more: Any) -> Any:
    region = require("core.responses", "get_region")()  # the region that is passed in is missing for presigned URLs
    if access_key and Partition.of_region(region) is not here():
        return require("core.iam_evaluator", "AuthError")("InvalidClientTokenId", _UNKNOWN)
    return original(access_key, *request, **more)


def _rewrite(function: FunctionType, prefix: str) -> None:
    """Recompile a function so that it uses the partition of the request's account instead of `arn:aws:`."""
    names = {_PREFIX, _POLICIES}.intersection(function.__code__.co_names)
    if not names and not any(_WRITTEN in text for text in _texts(function.__code__)):
        return
    tree = _InPartition(prefix).visit(ast.parse(inspect.getsource(function)))
    ast.increment_lineno(tree, function.__code__.co_firstlineno - 1)
    code = function.__code__
    made = compile(
        ast.fix_missing_locations(tree), code.co_filename, "exec", code.co_flags & _FUTURE, dont_inherit=True
    )
    found = next((each for each in made.co_consts if isinstance(each, CodeType) and each.co_name == code.co_name), None)
    if found is None or found.co_freevars != code.co_freevars:
        raise LeastwayError(f"ministack's {function.__qualname__} uses {_WRITTEN} where it cannot be replaced")
    function.__code__ = found


def _texts(code: CodeType) -> Iterator[str]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _texts(each)
        elif isinstance(each, str):
            yield each


class _InPartition(ast.NodeTransformer):
    """Inserts a call of `here` after each `arn:`, and replaces the prefix and the table of managed policies."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def visit_Expr(self, node: ast.Expr) -> ast.AST:  # the name is given by ast; a string by itself is a docstring
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == _POLICIES:
            return _called(_POLICIES_HERE)
        return ast.JoinedStr(list(_parts(self._prefix))) if node.id == _PREFIX else node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str) and _WRITTEN in node.value:
            return ast.JoinedStr(list(_parts(node.value)))
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        parts: list[ast.expr] = []
        for each in node.values:
            if isinstance(each, ast.Constant):
                parts.extend(_parts(str(each.value)))
            else:
                parts.append(self.generic_visit(each))  # type: ignore[arg-type]  # an expression stays an expression
        return ast.JoinedStr(parts)


def _parts(text: str) -> Iterator[ast.expr]:
    first, *others = text.split(_WRITTEN)
    yield ast.Constant(first)
    for other in others:
        yield ast.Constant("arn:")
        yield ast.FormattedValue(_called(_HERE), conversion=-1)
        yield ast.Constant(f":{other}")


def _called(name: str) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [], [])


def _policies_here() -> dict[str, Any]:
    """Return the AWS managed policies, by ARN, in the partition of the request's account."""
    known: dict[str, Any] = iam(_POLICIES)
    return known if here() is Partition.AWS else _policies_of(here(), frozenset(known))


@functools.lru_cache
def _policies_of(partition: Partition, arns: frozenset[str]) -> dict[str, Any]:
    records = {arn: record for arn, record in iam(_POLICIES).items() if arn in arns}
    found: dict[str, Any] = json.loads(json.dumps(records).replace(_WRITTEN, f"arn:{partition}:"))
    return found
