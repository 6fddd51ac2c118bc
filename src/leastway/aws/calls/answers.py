"""Which answers carry credentials, from a dated table (`data/answers.json`).

- surrogate: the gateway replaces the credentials in the answer.
- refused: the operation is not sent, unless a definition lists it with a reason.
- data: secrets that a module reads as data; the contract decides.
- reviewed: members look like credentials, and are the settings of the resource, data of the application, or masked.

A test scans the outputs of all operations of botocore, and fails on one that is in none of these.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Iterator, Mapping
from typing import Any

from leastway.aws.calls.call import CallAnswer

__all__ = ["answer_of", "credentials_table", "refused_answers", "what_is_carried"]


@functools.cache
def credentials_table() -> Mapping[str, Any]:
    """Return the table as it ships: `date`, `surrogate`, `refused`, `data`, `reviewed`, each by service."""
    text = importlib.resources.files(__package__).joinpath("data/answers.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@functools.cache
def answer_of(service: str, operation: str) -> CallAnswer:
    """Return what the answer of an operation carries."""
    table = credentials_table()
    for answer in (CallAnswer.SURROGATE, CallAnswer.REFUSED, CallAnswer.DATA):
        if operation in table[answer].get(service, ()):
            return answer
    return CallAnswer.PLAIN


def what_is_carried(service: str, operation: str) -> str:
    """Return in words what the answer of a refused operation would carry; empty for others."""
    return str(credentials_table()["refused"].get(service, {}).get(operation, ""))


def refused_answers() -> Iterator[tuple[str, str, str]]:
    """Yield service, operation and what the answer carries, for each operation that is refused."""
    for service, operations in sorted(credentials_table()["refused"].items()):
        for operation, words in sorted(operations.items()):
            yield service, operation, words
