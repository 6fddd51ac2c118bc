"""Credentials from a provider: a program, a token file, or a login that expires.

Providers run when credentials are first looked up and whenever these are renewed, in the middle of any call. Every
kind of failure is translated here, into an error that names the provider. The output of a program may contain a secret
and is never repeated.
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
"""Seconds that a credential_process may take: it may wait for a person to log in."""
_PROGRAM = "credential_process"
_IDENTITY = "web_identity_token_file"
_BY_HAND = "run the profile's credential_process by hand, check its output, and log in again if it asks for it"


class ProvidedCredentials:
    """botocore credentials whose provider's failures are LeastwayErrors. Thread-safe."""

    def __init__(self, found: Credentials, session: Session, profile: str | None) -> None:
        self._found = found
        self._session = session
        self._profile = profile

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the current keys, renewed if needed. Errors: LeastwayError."""
        with provider_errors(self._session, self._profile):
            frozen = self._found.get_frozen_credentials()
            if not all(map(_is_key, (frozen.access_key, frozen.secret_key, frozen.token or "-"))):
                raise LeastwayError("the credentials are not valid keys", where=_place(self._profile), fix=_BY_HAND)
        return frozen

    def __getattr__(self, name: str) -> Any:
        if name in ("access_key", "secret_key", "token"):
            return getattr(self.get_frozen_credentials(), name)
        return getattr(self._found, name)


@contextmanager
def provider_errors(session: Session, profile: str | None) -> Iterator[None]:
    """Raise a provider's failure as a LeastwayError about the profile or the environment."""
    where = _place(profile)
    try:
        with aws_errors(where):
            yield
    except LeastwayError:
        raise
    except Exception as error:
        raise _failure(error, where, _config(session)) from error


class BoundedProcess(subprocess.Popen[bytes]):
    """A credential_process with a timeout."""

    patience = PATIENCE

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:  # noqa: A002
        """Return its output. CredentialRetrievalError if it takes longer than `patience`."""
        try:
            return super().communicate(input, self.patience if timeout is None else timeout)
        except subprocess.TimeoutExpired as error:
            self.kill()
            self.wait()
            for pipe in (self.stdout, self.stderr):  # a child process may still hold them open
                if pipe is not None:
                    pipe.close()
            message = f"{_PROGRAM} did not end within {self.patience:g} seconds"
            raise CredentialRetrievalError(provider="custom-process", error_msg=message) from error


def _failure(error: Exception, where: str, config: Mapping[str, Any]) -> LeastwayError:
    """Return the error for an exception that is not botocore's."""
    program = config.get(_PROGRAM)
    if isinstance(error, OSError) and error.filename is not None:
        name, why = os.fsdecode(error.filename), (error.strerror or "unknown error").lower()
        if name in (config.get(_IDENTITY), os.environ.get("AWS_WEB_IDENTITY_IDENTITY")) or not program:
            what = f"the file {name} with the web identity token cannot be read: {why}"
            fix = f"correct {_IDENTITY} (or AWS_WEB_IDENTITY_IDENTITY), or check the program that should write the file"
            return LeastwayError(what, where=where, fix=fix)
        fix = f"correct {_PROGRAM} in the profile, or install the program that it names"
        return LeastwayError(f"{_PROGRAM} cannot be run: {name}: {why}", where=where, fix=fix)
    if isinstance(error, RuntimeError) and "expired" in str(error):
        what = "the credentials have expired, and so have those that replaced them"
        fix = "log in again (aws sso login), or renew them at their source; check that this machine's clock is right"
        return LeastwayError(what, where=where, fix=fix)
    if isinstance(error, EOFError):
        return LeastwayError(
            "an MFA code is required, and there is no terminal to ask for it", where=where, fix="log in first"
        )
    if program:
        what = f"the output of {_PROGRAM} is not credentials in JSON"
        return LeastwayError(what, where=where, fix=_BY_HAND)
    what = f"the credentials cannot be read ({type(error).__name__})"
    return LeastwayError(what, where=where, fix="check ~/.aws/config, ~/.aws/credentials, and the AWS_* variables")


def _config(session: Session) -> Mapping[str, Any]:
    try:
        return session.get_scoped_config()
    except Exception:  # noqa: BLE001 - reading the configuration may fail too
        return {}


def _is_key(text: object) -> bool:
    """Return whether a signature and a header can contain it."""
    return isinstance(text, str) and text.isascii() and text.isprintable() and bool(text) and " " not in text


def _place(profile: str | None) -> str:
    return f"profile {profile}" if profile else "the environment"
