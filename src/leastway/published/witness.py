"""A witness of logs, asked over HTTPS to sign a checkpoint that goes on from the last (c2sp.org/tlog-witness)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

import urllib3

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import is_loopback, split_web_url, without_user
from leastway.published.pool import pool_to
from leastway.tlog import NoteError, Signature, SignatureType, VerifierKey, read_note

__all__ = ["OtherSizeError", "Witness"]

_TIMEOUT = urllib3.Timeout(connect=5, read=10)
_LIMIT = 1 << 16
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_REFUSALS = {
    400: "the request is not valid",
    403: "the witness does not trust the log's key",
    404: "the witness does not know the log",
    422: "the log does not go on from the checkpoint that the witness saw last",
}


class OtherSizeError(LeastwayError):
    """The witness saw another checkpoint last: that of `size` entries."""

    def __init__(self, size: int, where: str) -> None:
        super().__init__(f"the witness saw a checkpoint of {size} entries last", where=where)
        self.size = size


class Witness:
    """One witness: where checkpoints are submitted, and the key that it signs with."""

    def __init__(self, url: str, key: VerifierKey) -> None:
        """Ask the witness whose submission prefix is `url`.

        Errors: InvalidInputError for a URL that is not https (plain HTTP on loopback only), or the key of a log.
        """
        parts = split_web_url(url)
        if parts is None or (parts.scheme == "http" and not is_loopback(parts.hostname or "")):
            fix = "write it as https://HOST/PATH, without a user"
            raise InvalidInputError("it is not the URL of a witness", where=without_user(url), fix=fix)
        if key.type is not SignatureType.WITNESS:
            raise InvalidInputError(
                "it is not the verifier key of a witness", where=str(key), fix="give the key that the witness publishes"
            )
        self.key = key
        self._where = f"{url.rstrip('/')}/add-checkpoint"
        self._pool = pool_to(url, timeout=_TIMEOUT, retries=urllib3.Retry(0))

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def cosign(self, old: int, proof: Sequence[bytes], checkpoint: str) -> Signature:
        """Return the witness's signature of a checkpoint that goes on from one of `old` entries.

        Errors: OtherSizeError with the size to start from; LeastwayError if the witness refuses or does not answer.
        """
        lines = [f"old {old}", *(base64.b64encode(each).decode() for each in proof), "", checkpoint]
        status, body = self._post("\n".join(lines).encode())
        if status == 409 and (size := _SIZE.fullmatch(body)):
            raise OtherSizeError(int(size[1]), self._where)
        if status != 200:
            what = _REFUSALS.get(status, f"the witness answered {status}")
            raise LeastwayError(
                what, where=self._where, fix="compare the log's key and size with what the witness's operator has"
            )
        try:
            found = dict(read_note(checkpoint.encode() + body).signed_by((self.key,)))
        except NoteError as error:
            raise self._bad() from error
        if self.key not in found:
            raise self._bad()
        return found[self.key]

    def _bad(self) -> LeastwayError:
        return LeastwayError(
            "the witness's answer is not its signature of the checkpoint",
            where=self._where,
            fix=f"check that {self.key.name} is the key of this witness",
        )

    def _post(self, body: bytes) -> tuple[int, bytes]:
        try:
            answer = self._pool.request("POST", self._where, body=body, redirect=False, preload_content=False)
            try:
                return answer.status, answer.read(_LIMIT)
            finally:
                answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise LeastwayError(
                "the witness does not answer", where=self._where, fix="check the URL, the network and the certificate"
            ) from error
