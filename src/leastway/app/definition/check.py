"""Check a Terraform module, alone or against the definition that uses it. Nothing is run.

Hidden folders, such as `.terraform`, are skipped; links to folders are not followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from leastway.errors import InvalidInputError
from leastway.grant import load_definition
from leastway.lint import Allowance, Report, Result, Unchecked, make_report
from leastway.lint.modules import Given, scan_module
from leastway.primitives import read_file

__all__ = ["check_module"]

_SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")
_MOST_FILES = 1_000
_MOST_BYTES = 16 << 20
_LARGEST = 64 << 20


def check_module(folder: Path, definition: Path | None = None, *, allowances: Sequence[Allowance] = ()) -> Report:
    """Return the report on the module in `folder`; without `definition`, its variables are not compared.

    Errors: InvalidInputError for a folder without Terraform files, or a definition that cannot be read; LeastwayError
    if tree-sitter is not installed.
    """
    given = None if definition is None else _given(definition)
    paths = sorted(_files(folder))
    if not paths:
        raise InvalidInputError(
            "the folder has no Terraform files", where=str(folder), fix="give the folder of a module, with *.tf files"
        )
    results: list[Result] = []
    contents: dict[str, bytes] = {}
    length = 0
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            content = read_file(path, limit=_LARGEST, pipes=False)
        except InvalidInputError as error:
            results.append(Unchecked(None, error.what, error.fix, file=str(path)))
            continue
        length += len(content)
        if len(contents) >= _MOST_FILES or length > _MOST_BYTES:
            what = f"the module has more than {_MOST_FILES:,} files or {_MOST_BYTES >> 20} MiB: the rest is not checked"
            results.append(Unchecked(None, what, "check its folders one by one", file=str(path)))
            break
        contents[name] = content
    found, texts = scan_module(contents, given, folder=str(folder))
    return make_report((*results, *found), allowances=allowances, texts=texts, files=len(paths), policies=0)


def _given(path: Path) -> Given:
    definition = load_definition(path)
    keys = definition.keys
    names = set(definition.variables)
    if keys is not None:
        given = (keys.access_key, keys.secret_key, keys.role_arn, keys.session_name, keys.external_id)
        names |= {name for name in given if name}
    return Given(frozenset(names), keys is not None, str(path))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names if name.endswith(_SUFFIXES) and not name.startswith("."))
