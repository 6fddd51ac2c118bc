"""Secrets in plain text: where they are, and the text without them.

No document that leastway reads holds a credential. What looks like one is refused, and is never echoed: every message
and every source line passes through `mask`. SecretMatch is exact, so that a harmless value is not refused; masking is
generous, so that a doubtful value is not shown.

The shapes: access key ids are `AKIA` (long-term) or `ASIA` (temporary) and 16 characters more (IAM User Guide,
"Unique identifiers"); secret access keys are 40 characters of base64; session tokens are long base64 that begins in
one of few ways; private keys are PEM.
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
    """A secret at `start` to `end` of a text; `example` when it is one of the AWS documentation's.

    `kind` is what it is, with its article.
    """

    kind: str
    start: int
    end: int
    example: bool


def find_secrets(text: str) -> Iterator[SecretMatch]:
    """Yield what is surely a secret in `text`, in no particular order."""
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
    """Return `text` with each secret, and whatever is named like one, replaced by as many asterisks."""
    for shape in (_ACCESS_KEY_ID, _SESSION_TOKEN, _FORTY_OR_MORE, _PEM_BODY):
        text = shape.sub(_masked, text)
    return _NAMED.sub(lambda match: match.group()[: match.start(1) - match.start()] + "*" * len(match.group(1)), text)


def _masked(match: re.Match[str]) -> str:
    """Return asterisks, but for what is all of one case and no key: a digest, a name, a path."""
    text = match.group()
    return text if text == text.lower() else "*" * len(text)


def _is_mixed(text: str) -> bool:
    """Tell 40 random characters of base64 from a hexadecimal hash and from a path: all three classes, well mixed."""
    upper = sum(character.isupper() for character in text)
    lower = sum(character.islower() for character in text)
    digits = sum(character.isdigit() for character in text)
    return upper >= 6 and lower >= 6 and digits >= 1
