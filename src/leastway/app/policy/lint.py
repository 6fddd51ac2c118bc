"""Lint files and folders: check every policy in them by every rule, with the known platforms.

- In a folder, a file without a policy is counted and skipped; a file that seems to contain a policy and cannot be read
  is reported as unchecked.
- A file that is an argument itself must be readable and contain a policy. Otherwise it is an error if it is the only
  argument, and reported as unchecked next to others, so that findings in them are still printed.
- A run that read no policy at all reports that nothing was checked.
- Hidden folders and `node_modules` are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from leastway.app.policy.files import PolicyFileError, name_of, read_bytes
from leastway.errors import InvalidInputError
from leastway.grant import bundled_profiles, load_profile
from leastway.lint import Knowledge, KnownPlatform, Report, Unchecked, lint_reading, make_report
from leastway.lint.readers import MANIFEST_WORDS, FileReading, read_policies
from leastway.policy import PolicyError
from leastway.policy.catalog import load_catalog
from leastway.source import Position

if TYPE_CHECKING:
    from leastway.app.progress import Progress
    from leastway.grant import Profile
    from leastway.lint import Allowance, Result
    from leastway.policy import PolicyKind
    from leastway.source import Outline, SourceText

__all__ = ["known_platforms", "lint_paths"]

Parameters: TypeAlias = Mapping[str, str] | None
_Read: TypeAlias = "tuple[Outline, FileReading]"

_MANIFESTS = tuple(word.encode() for word in MANIFEST_WORDS)
_SUFFIXES = {".json": (b'"Statement"', b'"Resources"', b"DetailList", *_MANIFESTS), ".template": (b"AWS::",)}
_SUFFIXES |= dict.fromkeys((".yaml", ".yml"), (b"AWS::", *_MANIFESTS))
_FIX = (
    "give a policy, a CloudFormation template, Kubernetes bindings, or the output of "
    "aws iam get-account-authorization-details"
)
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})


def lint_paths(
    paths: Sequence[Path],
    *,
    kind: PolicyKind | None = None,
    own_accounts: Sequence[str] = (),
    platforms: Sequence[Path] = (),
    parameters: Parameters = None,
    allowances: Sequence[Allowance] = (),
    thorough: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Lint files and folders; `thorough` is that of `Knowledge`.

    Errors: InvalidInputError where `paths` is one file that cannot be read or contains no policy.
    """
    known = known_platforms(platforms)
    knowledge = Knowledge(own_accounts=frozenset(own_accounts), platforms=known, thorough=thorough)
    files = list(_files(paths))
    results: list[Result] = []
    texts: dict[str, SourceText] = {}
    policies = read_files = without_policy = 0
    if progress:
        progress.phase("linting", len(files))
    for path, is_named in files:
        name = name_of(path)
        read = _read_named(path, kind, parameters) if is_named else _read_found(path, kind, parameters)
        if isinstance(read, InvalidInputError):
            if is_named and len(files) == 1:
                raise read
            results.append(_unchecked(read, name))
            if isinstance(read, PolicyFileError):
                texts[name] = read.text
        elif read is None:
            without_policy += 1
        else:
            outline, reading = read
            read_files += 1
            policies += len(reading.exhibits)
            found = lint_reading(outline, reading, knowledge=knowledge)
            results += found
            if found:
                texts[name] = outline.text
        if progress:
            progress.step(name)
    if not read_files and not results:
        results.append(Unchecked(None, "no policy was found, so nothing was checked", _FIX, file=_names(paths)))
    return make_report(
        results,
        allowances=allowances,
        texts=texts,
        files=len(files),
        policies=policies,
        without_policy=without_policy,
        catalog=str(load_catalog().updated),
    )


def known_platforms(profiles: Sequence[Path] = ()) -> tuple[KnownPlatform, ...]:
    """Return the bundled platforms and those of the profile files, which replace bundled ones of the same name."""
    own = {profile.name: (profile,) for profile in map(load_profile, profiles)}
    named = {**bundled_profiles(), **own}.values()
    return tuple(_platform(versions) for versions in named if versions[-1].principal is not None)


def _platform(versions: Sequence[Profile]) -> KnownPlatform:
    latest = versions[-1]
    former = {address for profile in versions[:-1] for address in profile.addresses} - set(latest.addresses)
    return KnownPlatform(
        name=latest.name,
        principal=str(latest.principal),
        addresses=tuple(latest.addresses),
        published=latest.published,
        former=tuple(sorted(former)),
    )


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield each file once, sorted within its folder, and whether it is an argument itself."""
    seen: set[Path] = set()
    for path in paths:
        found = _walk(path) if path.is_dir() else [path]
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file, file == path


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS)
        yield from (Path(place, name) for name in sorted(names) if Path(name).suffix.lower() in _SUFFIXES)


def _read_named(path: Path, kind: PolicyKind | None, parameters: Parameters) -> _Read | InvalidInputError:
    read = _read(path, kind, parameters, lambda _content: True, pipes=True)
    return read or InvalidInputError("the file contains no policy", where=name_of(path), fix=_FIX)


def _read_found(path: Path, kind: PolicyKind | None, parameters: Parameters) -> _Read | InvalidInputError | None:
    words = _SUFFIXES[path.suffix.lower()]
    return _read(path, kind, parameters, lambda content: any(word in content for word in words), pipes=False)


def _read(
    path: Path, kind: PolicyKind | None, parameters: Parameters, may_hold: Callable[[bytes], bool], *, pipes: bool
) -> _Read | InvalidInputError | None:
    """Return the file's policies, None where it has none; an error is returned for the caller to raise or report."""
    try:
        content = read_bytes(path, pipes=pipes)
    except InvalidInputError as error:
        return error
    if not may_hold(content):
        return None
    try:
        return read_policies(content, name=name_of(path), kind=kind, parameters=parameters)
    except PolicyError as error:
        return PolicyFileError(error, content.decode("utf-8-sig", errors="replace"))


def _unchecked(error: InvalidInputError, name: str) -> Unchecked:
    cause = error.cause if isinstance(error, PolicyFileError) else None
    position = None
    if cause and cause.line is not None and cause.column is not None:
        position = Position(cause.line, cause.column, cause.line, cause.column + 1)
    return Unchecked(None, error.what, error.fix, cause.pointer if cause else "", position, name)


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(map(name_of, paths))
