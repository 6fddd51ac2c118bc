"""What does not fit the platform in the module of a definition, as warnings with file and line.

A module that is written in the definition (`script`, `files`) is always scanned, one in a repository if the server can
read repositories. If a module cannot be read, the definition is not refused: a warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from leastway.errors import LeastwayError
from leastway.lint import Finding, Result
from leastway.lint.modules import Given, scan_module
from leastway.ports import ModulePlace, ModuleSource
from leastway.primitives import Secret
from leastway.registry import mask

__all__ = ["module_warnings"]

_VALUES: Final = "driver_inputs.values"
_SCRIPT: Final = "script"
_SUFFIXES: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")
_KEY_NAME: Final = re.compile(r"access_?key|secret_?key", re.IGNORECASE)
_MOST: Final = 20


def module_warnings(
    source: ModuleSource | None, organization: str, values: Mapping[str, Any], secrets: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return warnings about the module that these inputs of `humanitec/terraform` name or contain.

    `values` and `secrets` are nested. `source` is None where the server reads no repositories.
    """
    files, place = _written(values), _place(organization, values, secrets)
    if not files and place is not None and source is not None:
        try:
            files = {name: content for name, content in source.read(place).items() if name.endswith(_SUFFIXES)}
        except LeastwayError as error:
            return (mask(f"{_VALUES}.source: the module could not be read, so it was not checked: {error.what}"),)
    if not files:
        return ()
    results, _ = scan_module(files, _given(values, secrets))
    found = [mask(text) for text in map(_warning, results)]
    more = len(found) - _MOST
    last = (f"{more} more findings about the module: leastway definition check FOLDER lists them",) if more > 0 else ()
    return (*found[:_MOST], *last)


def _written(values: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a module that is written in the definition, with the escapes of placeholders resolved."""
    files = values.get("files")
    texts = {f"files.{name}": text for name, text in files.items()} if isinstance(files, Mapping) else {}
    found = {name: text for name, text in texts.items() if name.endswith(_SUFFIXES)}
    if values.get("script"):
        found[_SCRIPT] = values["script"]
    elif values.get("source"):  # files are then put next to those of the repository
        return {}
    return {name: text.replace("$\\{", "${").encode() for name, text in found.items() if isinstance(text, str)}


def _place(organization: str, values: Mapping[str, Any], secrets: Mapping[str, Any]) -> ModulePlace | None:
    """Return the repository of a module, None if there is none or if it is not known before a deployment."""
    source, hidden = values.get("source"), secrets.get("source")
    if not isinstance(source, Mapping):
        return None
    named = {name: source.get(name) or "" for name in ("url", "path", "rev", "username", "known_hosts")}
    if not all(isinstance(text, str) and "${" not in text for text in named.values()):
        return None
    kept = {
        name: Secret(text)
        for name in ("ssh_key", "password")
        if isinstance(hidden, Mapping) and isinstance(text := hidden.get(name), str) and text
    }
    return ModulePlace(
        organization=organization,
        url=named["url"],
        path=named["path"],
        rev=named["rev"],
        username=named["username"],
        known_hosts=named["known_hosts"],
        ssh_key=kept.get("ssh_key"),
        password=kept.get("password"),
    )


def _given(values: Mapping[str, Any], secrets: Mapping[str, Any]) -> Given:
    config = values.get("credentials_config")
    handed = set(_names(secrets.get("variables")))
    injected = set(_names(config.get("variables") if isinstance(config, Mapping) else None))
    names = {*_names(values.get("variables")), *handed, *injected}
    return Given(frozenset(names), any(_KEY_NAME.search(name) for name in handed), "driver_inputs")


def _names(variables: object) -> Iterator[str]:
    yield from variables if isinstance(variables, Mapping) else ()


def _warning(result: Result) -> str:
    is_written = result.file is not None and (result.file == _SCRIPT or result.file.startswith("files."))
    place = f"{_VALUES}.{result.file}" if is_written else result.file or f"{_VALUES}.variables"
    line = "" if result.position is None else f", line {result.position.line}"
    if isinstance(result, Finding):
        return f"{place}{line}: {result.rule}: {result.message}; {result.fix}"
    return f"{place}{line}: not checked: {result.reason}" + (f"; {result.fix}" if result.fix else "")
