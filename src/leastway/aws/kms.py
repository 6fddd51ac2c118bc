"""A wrapping key in AWS KMS: data keys are encrypted and decrypted there, bound to their context.

The encryption context says in CloudTrail which credential was opened. The caller needs kms:Encrypt and kms:Decrypt on
the key. Only a key's ARN is accepted: an alias can later stand for another key.
Source: AWS KMS API Reference, Encrypt and Decrypt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from leastway.aws.errors import aws_errors, code_of, unreadable
from leastway.aws.session import LendingSession
from leastway.errors import InvalidInputError, LeastwayError, OutOfReachError
from leastway.ports import DamagedError, UnreadableAnswerError
from leastway.primitives import Arn

__all__ = ["KmsWrappingKey"]

_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,64}")
_CHANGED = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_SIZE = 32


class KmsWrappingKey:
    """A symmetric key of AWS KMS, used with the ambient credentials in the key's own region. Thread-safe."""

    def __init__(self, arn: str, session: LendingSession | None = None) -> None:
        """Accept the key. Errors: InvalidInputError if `arn` is not the ARN of a KMS key."""
        if _KEY.fullmatch(arn) is None:
            raise InvalidInputError(
                f"{arn!r} is not the ARN of a KMS key",
                fix="write kms:arn:aws:kms:REGION:ACCOUNT:key/ID; an alias is not accepted",
            )
        self._arn = arn
        with aws_errors(arn):
            self._kms: Any = (session or LendingSession()).client("kms", Arn.parse(arn).region)

    @property
    def id(self) -> str:
        """The id of the key: `kms:` and its ARN."""
        return f"kms:{self._arn}"

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap a data key; see `leastway.ports.WrappingKey`."""
        with self._reaching():
            answer = self._kms.encrypt(KeyId=self._arn, Plaintext=data_key, EncryptionContext=_named(context))
        wrapped: bytes = answer["CiphertextBlob"]
        return wrapped

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the data key; see `leastway.ports.WrappingKey`."""
        with self._reaching():
            try:
                answer = self._kms.decrypt(KeyId=self._arn, CiphertextBlob=wrapped, EncryptionContext=_named(context))
            except ClientError as error:
                if code_of(error) not in _CHANGED:
                    raise
                what = f"AWS KMS does not open it ({code_of(error)})"
                raise DamagedError(what, where=self._arn) from error
        data_key: bytes = answer["Plaintext"]
        if len(data_key) != _SIZE:
            raise unreadable(f"the response to Decrypt has a data key of {len(data_key)} bytes instead of {_SIZE}")
        return data_key

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Tell a key that does not answer, or refuses, from data that it does not open. Errors: those of the block."""
        try:
            with aws_errors(self._arn):
                yield
        except (DamagedError, UnreadableAnswerError):
            raise
        except LeastwayError as error:
            raise OutOfReachError(error.what, where=error.where, fix=error.fix) from error


def _named(context: Mapping[str, str]) -> dict[str, str]:
    return {f"leastway:{name}": value for name, value in context.items()}
