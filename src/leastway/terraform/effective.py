"""What is in effect after `init`: the backend, and the providers with their checksums.

`init` runs no code of a module or a provider, so what it left can be believed until the plan begins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.terraform.foreign import fields_of
from leastway.terraform.module_folder import ModuleFolder, read_inside
from leastway.terraform.own_backend import refuse_secrets

__all__ = ["Effective", "UsedProvider", "effective_of", "read_lock_file", "read_pins"]

_OWN: Final = "http"
_BACKEND: Final = ".terraform/terraform.tfstate"
_LOCK: Final = ".terraform.lock.hcl"
_PINS: Final = "providers.lock.hcl"
_PROVIDER = re.compile(
    r'provider\s+"(?P<source>[^"\n]{1,256})"\s*\{(?P<body>[^{}]*)\}',
)
_VERSION = re.compile(r'^\s*version\s*=\s*"(?P<version>[^"\n]{1,64})"', re.MULTILINE)
_HASH = re.compile(r'"((?:h1|zh):[A-Za-z0-9+/=]{16,128})"')


@dataclass(frozen=True, slots=True, order=True)
class UsedProvider:
    """A provider that a run uses; `hashes` are the checksums that its package was compared with."""

    source: str
    version: str
    hashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Effective:
    """What a run uses after `init`: the type of the backend, the providers, and what to tell."""

    backend: str
    providers: tuple[UsedProvider, ...]
    notes: tuple[str, ...] = ()


def effective_of(module: ModuleFolder, pins: Mapping[tuple[str, str], frozenset[str]] | None = None) -> Effective:
    """Return what is in effect after `init`. `pins` are checksums by source and version, from `read_pins`.

    Errors: InvalidInputError if the backend is not leastway's, or the module's own one holds keys; if a provider is not
    among the pins, or has another checksum.
    """
    backend, notes = _backend(module)
    text = read_inside(module.path, _LOCK)
    providers = () if text is None else read_lock_file(text)
    for each in providers:
        if pins is not None and not each.hashes & pins.get((each.source, each.version), frozenset()):
            raise InvalidInputError(
                f"its checksum is not one of {_PINS}",
                where=f"{each.source} {each.version}",
                fix="find out where the package in the mirror came from; if it is right, pin it",
            )
    return Effective(backend, providers, notes)


def read_pins(folder: Path | None) -> Mapping[tuple[str, str], frozenset[str]] | None:
    """Return the checksums that the operator pinned in `providers.lock.hcl`, or None without that file.

    `terraform providers lock -fs-mirror=providers` writes it. Errors: InvalidInputError.
    """
    text = None if folder is None else read_inside(folder, _PINS)
    return None if text is None else {(each.source, each.version): each.hashes for each in read_lock_file(text)}


def read_lock_file(text: bytes) -> tuple[UsedProvider, ...]:
    """Return the providers in a dependency lock file, by source. Errors: InvalidInputError if it has another form."""
    written = "\n".join(
        line for line in text.decode("utf-8", "replace").splitlines() if not line.lstrip().startswith("#")
    )
    found = []
    for block in _PROVIDER.finditer(written):
        version = _VERSION.search(block["body"])
        if version is None:
            raise _wrong_lock()
        found.append(UsedProvider(block["source"], version["version"], frozenset(_HASH.findall(block["body"]))))
    if len(found) != len(re.findall(r"^\s*provider\s", written, re.MULTILINE)):
        raise _wrong_lock()
    return tuple(sorted(found, key=lambda each: each.source))


def _backend(module: ModuleFolder) -> tuple[str, tuple[str, ...]]:
    written = _written(read_inside(module.path, _BACKEND))
    kind = written.get("type", "local")
    given = {name for name, value in fields_of(written.get("config")).items() if value not in (None, "", [])}
    if not module.keeps_backend:
        if kind != _OWN or given:
            raise InvalidInputError(
                f"the state would be kept by the backend {kind!r}, and not by leastway",
                where="backend",
                fix="remove the backend from the module, or let the definition keep it (keep_backend)",
            )
        return kind, ()
    refuse_secrets(kind, given, where="backend")
    return kind, _own_notes(kind, given)


def _own_notes(kind: str, given: set[str]) -> tuple[str, ...]:
    notes = [f"the module keeps its own backend {kind!r}: leastway has neither its versions nor its lock"]
    if kind == "s3" and not given & {"use_lockfile", "dynamodb_table"}:
        notes.append("the module's backend s3 has no lock (use_lockfile): two runs could overwrite each other's state")
    if kind == "local":
        notes.append("the module's backend local keeps the state in the run's folder, which is removed with the run")
    return tuple(notes)


def _written(text: bytes | None) -> Mapping[str, Any]:
    if text is None:
        return {}
    try:
        backend = json.loads(text)["backend"]
    except (ValueError, KeyError, TypeError, RecursionError):
        backend = None
    if backend is None:
        return {}
    if not isinstance(backend, dict) or not isinstance(backend.get("type"), str):
        raise InvalidInputError("what init left about the backend cannot be read", where=_BACKEND, fix="start again")
    return backend


def _wrong_lock() -> InvalidInputError:
    return InvalidInputError("it is not a lock file of providers", where=_LOCK, fix="let terraform or tofu write it")
