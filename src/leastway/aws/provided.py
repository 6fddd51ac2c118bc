"""Credentials that something else provides: a program, a token's file, a login that expires.

Providers run when credentials are found and again whenever these are renewed, in the middle of any call. Whatever goes
wrong there, of whatever kind, is told here once, in words that name the provider; what a program printed may be a
secret and is not repeated.
Source: AWS SDKs and Tools Reference Guide, "Process credential provider", "Assume role credential provider".
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import CredentialRetrievalError

from leastway.aws.errors import aws_errors
from leastway.errors import LeastwayError

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials
    from botocore.session import Session

__all__ = ["PATIENCE", "BoundedProcess", "ProvidedCredentials", "provider_errors"]

PATIENCE = 300.0
"""Seconds that a credential_process may take: a person may have to log in meanwhile."""
_PROGRAM = "credential_process"
_IDENTITY = "web_identity_token_file"
_BY_HAND = "run the profile's credential_process by hand, see what it prints, and log in again if it asks for that"


class ProvidedCredentials:
    """Credentials as botocore has them, whose provider's failures are LeastwayErrors. Safe for threads, as they are."""

    def __init__(self, found: Credentials, session: Session, profile: str | None) -> None:
        self._found = found
        self._session = session
        self._profile = profile

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return them as they are now, renewed where that is due. Errors: LeastwayError."""
        with provider_errors(self._session, self._profile):
            frozen = self._found.get_frozen_credentials()
            if not all(map(_is_key, (frozen.access_key, frozen.secret_key, frozen.token or "-"))):
                raise LeastwayError("the credentials are no keys", where=_place(self._profile), fix=_BY_HAND)
        return frozen

    def __getattr__(self, name: str) -> Any:
        if name in ("access_key", "secret_key", "token"):
            return getattr(self.get_frozen_credentials(), name)
        return getattr(self._found, name)


@contextmanager
def provider_errors(session: Session, profile: str | None) -> Iterator[None]:
    """Let a provider's failure leave as a LeastwayError about the profile, or about the environment."""
    where = _place(profile)
    try:
        with aws_errors(where):
            yield
    except LeastwayError:
        raise
    except Exception as error:
        raise _failure(error, where, _config(session)) from error


class BoundedProcess(subprocess.Popen[bytes]):
    """A credential_process that is ended when it takes too long."""

    patience = PATIENCE

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:  # noqa: A002
        """Return what it printed. Errors: CredentialRetrievalError, when it takes longer than `patience`."""
        try:
            return super().communicate(input, self.patience if timeout is None else timeout)
        except subprocess.TimeoutExpired as error:
            self.kill()
            self.wait()
            for pipe in (self.stdout, self.stderr):  # which a child of it may still hold open
                if pipe is not None:
                    pipe.close()
            told = f"{_PROGRAM} did not end within {self.patience:g} seconds"
            raise CredentialRetrievalError(provider="custom-process", error_msg=told) from error


def _failure(error: Exception, where: str, config: Mapping[str, Any]) -> LeastwayError:
    """Return the words for an exception of no kind of botocore's."""
    program = config.get(_PROGRAM)
    if isinstance(error, OSError) and error.filename is not None:
        name, why = os.fsdecode(error.filename), (error.strerror or "unknown error").lower()
        if name in (config.get(_IDENTITY), os.environ.get("AWS_WEB_IDENTITY_IDENTITY")) or not program:
            what = f"the file {name} with the web identity token cannot be read: {why}"
            fix = f"correct {_IDENTITY} (or AWS_WEB_IDENTITY_IDENTITY), or see who should write it"
            return LeastwayError(what, where=where, fix=fix)
        fix = f"correct {_PROGRAM} in the profile, or install the program that it names"
        return LeastwayError(f"{_PROGRAM} cannot be run: {name}: {why}", where=where, fix=fix)
    if isinstance(error, RuntimeError) and "expired" in str(error):
        what = "the credentials have expired, and those that came in their place have expired too"
        fix = "log in again (aws sso login), or renew them where they come from; see that this machine's clock is right"
        return LeastwayError(what, where=where, fix=fix)
    if isinstance(error, EOFError):
        return LeastwayError("an MFA code is asked for, and nobody is here to give it", where=where, fix="log in first")
    if program:
        what = f"what {_PROGRAM} printed is not the JSON of credentials"
        return LeastwayError(what, where=where, fix=_BY_HAND)
    what = f"the credentials cannot be read ({type(error).__name__})"
    return LeastwayError(what, where=where, fix="see ~/.aws/config, ~/.aws/credentials, and the AWS_* variables")


def _config(session: Session) -> Mapping[str, Any]:
    try:
        return session.get_scoped_config()
    except Exception:  # noqa: BLE001 - the configuration itself may be what cannot be read
        return {}


def _is_key(text: object) -> bool:
    """Whether a signature and a header can hold it."""
    return isinstance(text, str) and text.isascii() and text.isprintable() and bool(text) and " " not in text


def _place(profile: str | None) -> str:
    return f"profile {profile}" if profile else "the environment"
