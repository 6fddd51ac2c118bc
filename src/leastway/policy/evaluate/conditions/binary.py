"""`BinaryEquals`: compares bytes; both sides are encoded in Base64."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.value_test import ValueTest, of_text, parsed_once

if TYPE_CHECKING:
    from leastway.policy.model import Values

__all__ = ["compile_binary"]


def compile_binary(values: Values) -> ValueTest:
    """Return the test of `BinaryEquals`."""
    wanted = {parsed for text in values if (parsed := _decode(text)) is not None}
    return of_text(lambda text: _decode(text) in wanted)


@parsed_once
def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
