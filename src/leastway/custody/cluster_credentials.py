"""The platform's cluster credentials: a JSON object with exactly two members.

The format is `{"aws_access_key_id": ..., "aws_secret_access_key": ...}`, as the platform's onboarding document defines
it. Errors name the members with problems and never repeat a value from the file.
"""

from __future__ import annotations

import json
from pathlib import Path

from leastway.errors import InvalidInputError
from leastway.primitives import Secret, read_file

__all__ = ["read_cluster_credentials"]

_MEMBERS = ("aws_access_key_id", "aws_secret_access_key")
_LARGEST = 1 << 20
_FIX = "write a JSON object with exactly the members " + " and ".join(_MEMBERS)


def read_cluster_credentials(path: Path) -> tuple[str, Secret]:
    """Return the key id and the secret in the file `path`.

    Raises InvalidInputError if the file does not have this format. The message names members that are missing, empty or
    not strings, and only counts unknown members: a name may be a secret in the wrong position.
    """
    try:
        read = json.loads(read_file(path, limit=_LARGEST), object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        raise InvalidInputError("it is not valid JSON", where=str(path), fix=_FIX) from None
    if not isinstance(read, tuple):
        raise InvalidInputError("it is not a JSON object", where=str(path), fix=_FIX)
    found = dict(read)
    problems = [f"{name} is missing" for name in _MEMBERS if name not in found]
    problems += [f"{name} appears twice" for name in _MEMBERS if [each for each, _ in read].count(name) > 1]
    problems += [f"{name} is empty or not a string" for name in _MEMBERS if name in found and not _is_text(found[name])]
    if surplus := found.keys() - set(_MEMBERS):
        problems.append(f"it has {len(surplus)} unknown member{'s' if len(surplus) > 1 else ''}")
    if problems:
        raise InvalidInputError(", ".join(problems), where=str(path), fix=_FIX)
    key_id, secret = (found[name] for name in _MEMBERS)
    return key_id, Secret(secret)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
