"""Scan a module: every rule over all of its files. A file that cannot be read is reported, never skipped in silence."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from leastway.lint.finding import Finding, Unchecked
from leastway.lint.modules import rules
from leastway.lint.modules.hcl import Module, ModuleFile, ModuleFileError, read_module_file
from leastway.lint.modules.rule import Given, ModuleRule
from leastway.source import Position, SourceText

if TYPE_CHECKING:
    from leastway.lint.finding import Result

__all__ = ["all_module_rules", "scan_module"]

_JSON_SUFFIX = ".tf.json"


@functools.cache
def all_module_rules() -> tuple[ModuleRule, ...]:
    """Return all rules over modules, sorted by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    return tuple(importlib.import_module(f"{rules.__name__}.{name}").RULE for name in names)


def scan_module(
    files: Mapping[str, bytes], given: Given | None = None, *, folder: str = ""
) -> tuple[tuple[Result, ...], Mapping[str, SourceText]]:
    """Return the results, and the texts of the files by name.

    `files` are by their path in the module's folder, with slashes; `folder` is put before it in messages. Without
    `given`, variables are not compared. Errors: LeastwayError if tree-sitter is not installed.
    """
    read: dict[str, ModuleFile] = {}
    results: list[Result] = []
    for path, content in sorted(files.items()):
        name = f"{folder}/{path}" if folder else path
        if path.endswith(_JSON_SUFFIX):
            fix = "write it in HCL, or check it yourself"
            results.append(Unchecked(None, "the JSON syntax of Terraform is not checked", fix, file=name))
            continue
        try:
            read[path] = read_module_file(content, name)
        except ModuleFileError as error:
            position = None if error.line is None else Position(error.line, 1, error.line, 2)
            results.append(Unchecked(None, error.what, error.fix, position=position, file=name))
    results += _broken(read)
    module = Module(read)
    for rule in all_module_rules():
        for one in rule.check(module, given):
            results.append(Finding(rule.id, rule.severity, one.message, one.fix, one.pointer, one.position, one.file))
    return tuple(results), {file.name: file.text for file in read.values()}


def _broken(read: Mapping[str, ModuleFile]) -> Iterator[Unchecked]:
    for file in read.values():
        if file.broken is not None:
            what = "the file is not valid HCL here, so what follows may be read wrongly"
            fix = "check the quotes and brackets on this line and above; terraform validate shows more"
            yield Unchecked(None, what, fix, position=file.broken, file=file.name)
