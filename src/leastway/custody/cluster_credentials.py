"""The platform's cluster credentials: a JSON object with exactly two members.

`{"aws_access_key_id": ..., "aws_secret_access_key": ...}`, as the platform's onboarding document gives them. Anything
else is refused by the names of what is wrong with it; no value of such a file is ever repeated.
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

    InvalidInputError when it is no such object. The message names members that are missing, empty or not text, and
    counts those that do not belong there: a name may be a secret in the wrong place.
    """
    try:
        read = json.loads(read_file(path, limit=_LARGEST), object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        raise InvalidInputError("it is no JSON", where=str(path), fix=_FIX) from None
    if not isinstance(read, tuple):
        raise InvalidInputError("it is no JSON object", where=str(path), fix=_FIX)
    found = dict(read)
    problems = [f"{name} is missing" for name in _MEMBERS if name not in found]
    problems += [f"{name} stands there twice" for name in _MEMBERS if [each for each, _ in read].count(name) > 1]
    problems += [f"{name} is no text, or empty" for name in _MEMBERS if name in found and not _is_text(found[name])]
    if surplus := found.keys() - set(_MEMBERS):
        problems.append(f"{len(surplus)} other member{'s do' if len(surplus) > 1 else ' does'} not belong there")
    if problems:
        raise InvalidInputError(", ".join(problems), where=str(path), fix=_FIX)
    key_id, secret = (found[name] for name in _MEMBERS)
    return key_id, Secret(secret)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
