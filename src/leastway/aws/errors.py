"""Translation of AWS's errors into LeastwayErrors, in one place.

- The request id is kept for AWS Support, and the vendor's exception stays the cause.
- For a rejected signature AWS's message is left out: it repeats the signed headers, including a session token.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from leastway.aws.bodies import IN_BETWEEN
from leastway.aws.connections import UNREACHABLE
from leastway.aws.denied import Denial
from leastway.errors import LeastwayError
from leastway.ports import AlreadyThereError, NotThereYetError, UnreadableAnswerError

__all__ = [
    "BAD_SIGNATURE",
    "DENIED",
    "GONE",
    "UNKNOWN_KEY",
    "already_gone",
    "aws_errors",
    "check_named",
    "code_of",
    "is_refusal",
    "made_moments_ago",
    "unknown_key_is_new",
    "unreadable",
]

GONE = frozenset({"NoSuchEntity", "ResourceNotFoundException", "NotFoundException"})
_THERE = frozenset({"EntityAlreadyExists", "ResourceInUseException"})
_BUSY = frozenset({"ConcurrentModification", "EntityTemporarilyUnmodifiable", "DeleteConflict"})
"""Temporary errors: concurrent changes, a new user, and a deleted object that IAM still counts."""
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException"})
_FULL = frozenset({"LimitExceeded", "ResourceLimitExceededException"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
UNKNOWN_KEY = frozenset({"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"})
BAD_SIGNATURE = frozenset(
    {"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException"}
)
"""Errors whose message repeats the signed headers, including a session token, so it is never shown."""
_CLOCK = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
_REGION = frozenset({"RegionDisabledException", "OptInRequired"})
"""Errors in regions that are not enabled; most services report UNKNOWN_KEY there (AWS Account Management Guide)."""
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
    }
)
_LONGEST = 500
_LOG_IN = "log in again (aws sso login), or renew the credentials for this account"
_ENABLE = "enable the region and its STS endpoint in the account (aws account enable-region), or use another region"
_AGAIN = "run the same command again: it continues from here"


def unreadable(what: str) -> UnreadableAnswerError:
    """Return the error for a response with status 200 and unexpected content."""
    return UnreadableAnswerError(what, fix=IN_BETWEEN)


def check_named(asked: str, came: str) -> None:
    """Refuse a response about another object than the requested one; names are compared ignoring case."""
    if came.lower() != asked.lower():
        raise unreadable(f"the request was for {asked}, but the response is about {came}")


@contextmanager
def aws_errors(where: str) -> Iterator[None]:
    """Raise botocore's errors as LeastwayErrors about `where`."""
    try:
        yield
    except ClientError as error:
        raise _refusal(error, where) from (None if code_of(error) in BAD_SIGNATURE else error)
    except BotoCoreError as error:
        raise _failure(error, where) from error
    except (
        ResponseParserError,
        KeyError,
        RecursionError,
    ) as error:  # botocore parses what it can, and may leave out required members
        raise LeastwayError(
            "the response cannot be read, so it does not come from AWS", where=where, fix=IN_BETWEEN
        ) from error


@contextmanager
def already_gone() -> Iterator[None]:
    """Treat "not found" as success."""
    try:
        yield
    except ClientError as error:
        if code_of(error) not in GONE:
            raise


@contextmanager
def made_moments_ago(what: str, *, where: str, fix: str = "") -> Iterator[None]:
    """Treat "not found" as "not visible yet": `what` was created by an earlier call. `fix` is for when it stays so."""
    try:
        yield
    except ClientError as error:
        if code_of(error) in GONE:
            raise NotThereYetError(f"AWS does not know {what} yet{_request(error)}", where=where, fix=fix) from error
        raise


@contextmanager
def unknown_key_is_new(is_new: bool, *, where: str) -> Iterator[None]:  # reads as a sentence
    """Treat an unknown access key as one that AWS does not know yet, if `is_new`."""
    try:
        yield
    except ClientError as error:
        if is_new and code_of(error) in UNKNOWN_KEY:
            raise NotThereYetError(f"AWS does not know the access key yet{_request(error)}", where=where) from error
        raise


def code_of(error: ClientError) -> str:
    """Return AWS's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_refusal(error: ClientError) -> bool:
    """Return whether AWS refused a call, and not only for now, because of its rate or its own trouble.

    An answer without an error of AWS comes from something else, such as a proxy.
    """
    return not (code_of(error) in _THROTTLED or _status(error) >= 500 or _is_of_another(error))


def _refusal(error: ClientError, where: str) -> LeastwayError:  # one line for each family of codes
    code, request = code_of(error), _request(error)
    message = " ".join(str(error.response.get("Error", {}).get("Message", "")).split()).rstrip(".")
    called = f"{error.operation_name}: {message or code}{request}"
    if code in DENIED:
        denial = Denial.parse(message, error.operation_name)
        return LeastwayError(f"{denial.what}{request}", where=where, fix=denial.fix)
    if code in _THERE:
        return AlreadyThereError(called, where=where, fix="plan again: the new plan compares and adopts what exists")
    if code in GONE:
        return LeastwayError(f"it no longer exists: {called}", where=where, fix="plan again")
    if code in _BUSY or _is_unknown_principal(code, message):
        return NotThereYetError(called, where=where, fix=_AGAIN)
    if code in _THROTTLED:
        tries = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) + 1
        what = f"{error.operation_name} was throttled {tries} times in a row{request}"
        return LeastwayError(what, where=where, fix=_AGAIN)
    if code in _FULL:
        return LeastwayError(
            called, where=where, fix="delete what is not needed there, or request a higher quota from AWS"
        )
    if code in _EXPIRED:
        return LeastwayError(f"the credentials have expired{request}", where=where, fix=_LOG_IN)
    if code in UNKNOWN_KEY:
        what = f"AWS does not know these credentials, at least not in this region{request}"
        return LeastwayError(what, where=where, fix=f"{_LOG_IN}; or {_ENABLE}")
    if code in BAD_SIGNATURE:
        fix = "check this account's secret key, and that this machine's clock is right"
        return LeastwayError(f"AWS rejects the signature of these credentials{request}", where=where, fix=fix)
    if code in _REGION or code in _CLOCK:
        return LeastwayError(called, where=where, fix=_ENABLE if code in _REGION else "set this machine's clock right")
    if _is_of_another(error):
        what = f"{error.operation_name}: HTTP {_status(error)} without an AWS error{request}"
        return LeastwayError(what, where=where, fix=IN_BETWEEN)
    return LeastwayError(called, where=where, fix=_AGAIN if _status(error) >= 500 else None)


def _is_of_another(error: ClientError) -> bool:
    """Return whether the answer has no error of AWS: botocore then gives these values itself."""
    return code_of(error) in ("", str(_status(error)))


def _is_unknown_principal(code: str, message: str) -> bool:
    """Return whether IAM or EKS does not know a principal. A new principal becomes known within seconds.

    IAM: MalformedPolicyDocument, `Invalid principal in policy`; EKS: InvalidParameterException, `The specified
    principalArn is invalid: invalid principal`.
    """
    return code in {"MalformedPolicyDocument", "InvalidParameterException"} and "invalid principal" in message.lower()


def _failure(error: BotoCoreError, where: str) -> LeastwayError:
    message = _shortened(" ".join(str(error).split()).rstrip("."))
    for kinds, what, fix in _FAILURES:
        if isinstance(error, kinds):
            return LeastwayError(what or _lower(message), where=where, fix=fix)
    return LeastwayError(_lower(message), where=where)


_FAILURES: tuple[tuple[tuple[type[BotoCoreError], ...], str, str], ...] = (
    (
        (boto.NoCredentialsError, boto.PartialCredentialsError),
        "no AWS credentials are available",
        "log in (aws sso login), set AWS_PROFILE, or name a profile or role for the account in the grant",
    ),
    (
        (boto.ProfileNotFound,),
        "",
        "correct the profile's name (in the grant, AWS_PROFILE or the option), or configure it (aws configure sso)",
    ),
    (
        (
            boto.TokenRetrievalError,
            boto.SSOTokenLoadError,
            boto.UnauthorizedSSOTokenError,
            boto.SSOError,
            boto.CredentialRetrievalError,
            boto.RefreshWithMFAUnsupportedError,
        ),
        "",
        _LOG_IN,
    ),
    ((boto.LoginError,), "", "log in again (aws login)"),
    (
        (boto.MissingDependencyException,),
        "",
        'install it next to leastway (pip install "botocore[crt]" for aws login), or use another way in',
    ),
    (
        (boto.ConfigParseError, boto.ConfigNotFound, boto.InvalidConfigError, boto.UnknownCredentialError),
        "",
        "correct the AWS configuration (~/.aws/config, ~/.aws/credentials, or the file in AWS_CONFIG_FILE)",
    ),
    (
        (boto.InvalidProxiesConfigError,),
        "",
        "correct HTTPS_PROXY",
    ),
    (
        (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError),
        "",
        UNREACHABLE,
    ),
    ((boto.HTTPClientError,), "", _AGAIN),
    ((boto.NoRegionError, boto.InvalidRegionError), "", "set the account's region in the grant"),
)


def _shortened(text: str) -> str:
    """Return `text`, cut after its first 500 characters."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _request(error: ClientError) -> str:
    metadata: Any = error.response.get("ResponseMetadata", {})
    request = metadata.get("RequestId")
    return f" [request {request}]" if request else ""
