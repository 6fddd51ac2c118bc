"""The botocore session that creates every client: one loader, one pool of connections, one configuration.

- Standard retries, eight attempts: about half a minute of backoff if a service throttles.
- Each call is logged, if somebody listens, by botocore's events `before-call`, `after-call` and `after-call-error`.
- botocore's debug log shows headers and bodies, including new secret keys, so its level never goes below INFO.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from botocore import __version__ as botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError, UnknownCredentialError
from botocore.loaders import Loader, create_loader
from botocore.parsers import ResponseParserError, ResponseParserFactory
from botocore.session import Session

from leastway import __version__
from leastway.aws.answers import Answers
from leastway.aws.connections import CONNECT_TIMEOUT, READ_TIMEOUT, ConnectionPools, refuse_plain_http
from leastway.aws.provided import BoundedProcess, ProvidedCredentials, provider_errors
from leastway.errors import LeastwayError
from leastway.primitives import CALLS, CallTimer, is_loopback

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import CredentialResolver, Credentials

__all__ = ["LendingSession"]

_ATTEMPTS = 8
_ENDPOINT = "correct AWS_ENDPOINT_URL (and its service-specific variants), or the region name"
_ERROR_TEXTS = ("Code", "Message")
_CHATTY = ("botocore", "urllib3")
_CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT,
    read_timeout=READ_TIMEOUT,
    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    user_agent=f"leastway/{__version__} botocore/{botocore}",
)
_TIMER = "leastway_timer"


class LendingSession(Session):
    """A botocore session whose clients can sign with credentials that are lent to it.

    A session for each account would take 12 ms and hold the same models; only the credentials differ.
    `source_address` is for rehearsals: X-Forwarded-For sends a loopback endpoint a pretended source address.
    """

    def __init__(self, *, profile: str | None = None, source_address: str | None = None) -> None:
        super().__init__(profile=profile)
        for name in _CHATTY:
            logger = logging.getLogger(name)
            logger.setLevel(max(logger.getEffectiveLevel(), logging.INFO))
        with provider_errors(self, profile):
            loader = _loader(self.get_config_variable("data_path"))
        self.register_component("data_loader", loader)
        self.register_component("response_parser_factory", _Parsers())
        self._named = profile
        self._provided: ProvidedCredentials | None = None
        self._refused: LeastwayError | None = None
        self._lent = threading.local()
        self._lock = threading.Lock()
        self._on("before-sign", refuse_plain_http)
        if source_address is not None:
            self._on("before-sign", _Pretence(source_address).tell)
        with provider_errors(self, profile):
            self._on("before-send", ConnectionPools(self.get_config_variable("ca_bundle")).send)
        self._on("before-parse", Answers(loader).check)

    def get_credentials(self, **options: Any) -> Any:
        """Return the credentials lent to the client that this thread creates, else the session's."""
        lent = getattr(self._lent, "credentials", None)
        if lent is not None:
            return lent
        if self._refused is not None:  # a provider may be slow, and runs once for all accounts
            raise LeastwayError(self._refused.what, where=self._refused.where, fix=self._refused.fix) from self._refused
        if self._provided is None:
            try:
                with provider_errors(self, self._named):
                    _bound(self.get_component("credential_provider"))
                    found = super().get_credentials(**options)
            except LeastwayError as error:
                self._refused = error
                raise
            self._provided = ProvidedCredentials(found, self, self._named) if found is not None else None
        return self._provided

    def client(self, service: str, region: str, credentials: Credentials | None = None, *, account: str = "") -> Any:
        """Create a client; `account` names it in the log of calls. Sessions are not thread-safe, clients are."""
        with self._lock:
            self._lent.credentials = credentials
            try:
                client = self.create_client(service, region_name=region, config=_CONFIG)
            except ValueError as error:  # botocore's error for an endpoint that is not a URL
                raise LeastwayError(str(error).lower(), where=f"{service} in {region}", fix=_ENDPOINT) from error
            finally:
                self._lent.credentials = None
        log_calls(client, account)
        return client

    def _on(self, event: str, handler: Callable[..., Any]) -> None:
        self.register(event, cast("Any", handler))  # the stubs require handlers that accept any argument


@functools.cache
def _loader(search_path: str | None) -> Loader:
    """Return the loader of the whole process: it caches models, which take 60 ms to load."""
    return create_loader(search_path)


def _bound(providers: CredentialResolver) -> None:
    """Give credential_process a timeout."""
    with contextlib.suppress(UnknownCredentialError):
        cast("Any", providers.get_provider("custom-process"))._popen = BoundedProcess


class _Parsers(ResponseParserFactory):
    """Creates parsers with one type of error: botocore's parsers raise others for a body with unexpected types."""

    def create_parser(self, protocol_name: Any) -> Any:
        """Return the parser of a protocol."""
        parser: Any = super().create_parser(protocol_name)
        parse = parser.parse

        def checked_parse(response: Any, shape: Any) -> Any:
            try:
                parsed = parse(response, shape)
                details = parsed.get("Error", {})
                if not all(isinstance(details.get(each, ""), str) for each in _ERROR_TEXTS):
                    raise TypeError("an error's code and message must be strings")
                return parsed
            except (ResponseParserError, BotoCoreError):
                raise
            except Exception as error:
                raise ResponseParserError(f"the body cannot be read: {type(error).__name__}") from error

        parser.parse = checked_parse
        return parser


class _Pretence:
    """A pretended source address, sent to loopback endpoints only."""

    def __init__(self, address: str) -> None:
        self._address = address

    def tell(self, request: AWSRequest, **_: Any) -> None:
        parts = urlsplit(str(request.url))
        if not is_loopback(parts.hostname or ""):
            raise LeastwayError(
                "a pretended source address is allowed in rehearsals on loopback only",
                where=f"{parts.scheme}://{parts.netloc}",
            )
        request.headers["X-Forwarded-For"] = self._address


def log_calls(client: Any, place: str) -> None:
    """Log each call of `client`; `place` is the account, if it is known, to which the region is added."""
    if not CALLS.isEnabledFor(logging.INFO):
        return
    service = client.meta.service_model.service_name
    where = "/".join(filter(None, (place, client.meta.region_name)))

    def begin(model: Any, context: dict[str, Any], **_: Any) -> None:
        context[_TIMER] = CallTimer(service, model.name, where)

    def end(parsed: dict[str, Any], http_response: Any, context: dict[str, Any], **_: Any) -> None:
        details = parsed.get("ResponseMetadata", {})
        code = parsed.get("Error", {}).get("Code", "") if http_response.status_code >= 300 else ""
        retries = details.get("RetryAttempts", 0)
        outcome = " ".join(filter(None, (str(http_response.status_code), str(code))))
        outcome += f" after {retries} retries" if retries else ""
        context[_TIMER].end(outcome, str(details.get("RequestId", "")))

    def fail(exception: Exception, context: dict[str, Any], **_: Any) -> None:
        if _TIMER in context:
            context[_TIMER].end(type(exception).__name__)

    client.meta.events.register("before-call", begin)
    client.meta.events.register("after-call", end)
    client.meta.events.register("after-call-error", fail)
