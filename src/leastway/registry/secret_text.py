"""Detection and masking of secrets in text.

No document that leastway reads may contain credentials. Text that looks like a credential is refused and never printed:
every message and source line passes through `mask`. Detection is strict, so that harmless values are not refused;
masking is broad, so that doubtful values are not shown.

The formats: access key ids are `AKIA` (long-term) or `ASIA` (temporary) and 16 more characters (IAM User Guide,
"Unique identifiers"); secret access keys are 40 characters of Base64; session tokens are long Base64 with one of a few
known beginnings; private keys are PEM.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SecretMatch", "find_secrets", "mask"]

_ACCESS_KEY_ID = re.compile(r"(?<![A-Z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Z0-9])")
_FORTY = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_FORTY_OR_MORE = re.compile(r"[A-Za-z0-9/+]{40,}")
_SESSION_TOKEN = re.compile(r"(?:IQoJ|FwoG|FQoG)[A-Za-z0-9/+=]{96,}")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_PEM_BODY = re.compile(r"(?m)^[ \t]*[A-Za-z0-9/+=]{48,}[ \t]*$")
_NAMED = re.compile(
    r"(?i)(?:secret|password|passwd|token|access_?key|private_?key)[\w-]{0,40}[\"']?\s{0,8}[:=]\s{0,8}(\S[^\n]*)"
)

_EXAMPLE = "EXAMPLE"


@dataclass(frozen=True, slots=True)
class SecretMatch:
    """A secret at `start` to `end` of a text; `example` if it is one from the AWS documentation.

    `kind` is its name with an article, such as `an access key id`.
    """

    kind: str
    start: int
    end: int
    example: bool


def find_secrets(text: str) -> Iterator[SecretMatch]:
    """Yield what is certainly a secret in `text`, in no particular order."""
    for kind, shape in (
        ("an access key id", _ACCESS_KEY_ID),
        ("a session token", _SESSION_TOKEN),
        ("a private key", _PRIVATE_KEY),
    ):
        for match in shape.finditer(text):
            yield SecretMatch(kind, match.start(), match.end(), match.group().endswith(_EXAMPLE))
    for match in _FORTY.finditer(text):
        if _is_mixed(match.group()):
            example = _EXAMPLE in match.group()
            yield SecretMatch("a secret access key", match.start(), match.end(), example)


def mask(text: str) -> str:
    """Return `text` with each secret, and each value with a name like `password`, replaced by as many asterisks."""
    for shape in (_ACCESS_KEY_ID, _SESSION_TOKEN, _FORTY_OR_MORE, _PEM_BODY):
        text = shape.sub(_masked, text)
    return _NAMED.sub(lambda match: match.group()[: match.start(1) - match.start()] + "*" * len(match.group(1)), text)


def _masked(match: re.Match[str]) -> str:
    """Return asterisks, except for all-lower-case text, which is a digest, a name or a path and not a key."""
    text = match.group()
    return text if text == text.lower() else "*" * len(text)


def _is_mixed(text: str) -> bool:
    """Return whether 40 characters look like random Base64, and not like a hexadecimal hash or a path."""
    upper = sum(character.isupper() for character in text)
    lower = sum(character.islower() for character in text)
    digits = sum(character.isdigit() for character in text)
    return upper >= 6 and lower >= 6 and digits >= 1
