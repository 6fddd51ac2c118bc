"""The standard input and output of a program in a pod, by a WebSocket of the API server, as one local socket.

The subprotocol is `v5.channel.k8s.io`: the first byte of a message is its channel. Standard error is kept, up to a
limit, to say why a program ended. The connection is asked every twenty seconds whether it lives. Source: the
documentation of `k8s.io/apimachinery/pkg/util/remotecommand`.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from leastway.errors import LeastwayError
from leastway.kube.errors import UnavailableError, refusal

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

__all__ = ["ExecStream", "open_stream"]

_PROTOCOL: Final = "v5.channel.k8s.io"
_INPUT, _OUTPUT, _ERROR, _STATUS, _CLOSE = 0, 1, 2, 3, 255
_CHUNK: Final = 64 * 1024
_LARGEST: Final = 1 << 24
_MOST_KEPT: Final = 4096
_OPENS_WITHIN: Final = 30.0
_LIVES_WITHIN: Final = 20.0


class ExecStream:
    """A program in a pod; see `leastway.ports.PodStream`."""

    def __init__(self, connection: ClientConnection, opened: ExitStack) -> None:
        self.socket, self._other = socket.socketpair()
        self._connection = connection
        self._opened = opened
        self._said = bytearray()
        self._status = ""
        threading.Thread(target=self._send, name="pod stream", daemon=True).start()

    def why(self) -> str:
        """Return why it ended; see `leastway.ports.PodStream`."""
        said = self._said.decode(errors="replace").strip()
        return said.splitlines()[-1] if said else self._status

    def close(self) -> None:
        """End the program's input, and wait for nothing."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _receive(self) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                message = self._connection.recv()
                channel, content = (message[0], message[1:]) if isinstance(message, bytes) and message else (-1, b"")
                if channel == _OUTPUT:
                    self._other.sendall(content)
                elif channel == _ERROR:
                    self._said = (self._said + content)[-_MOST_KEPT:]
                elif channel == _STATUS:
                    self._status = _message(content)
        except ConnectionClosed as error:
            closed = error.rcvd.reason if error.rcvd is not None else "the connection to the API server was cut"
            self._status = self._status or closed
        except OSError:  # nobody reads any more
            pass
        finally:
            with suppress(OSError):
                self._other.shutdown(socket.SHUT_RDWR)

    def _send(self) -> None:
        from websockets.exceptions import ConnectionClosed

        receiving = threading.Thread(target=self._receive, name="pod stream", daemon=True)
        receiving.start()
        with suppress(ConnectionClosed, OSError):
            while content := self._other.recv(_CHUNK):
                self._connection.send(bytes((_INPUT,)) + content)
        with suppress(ConnectionClosed, OSError):
            self._connection.send(bytes((_CLOSE, _INPUT)))
        with suppress(ConnectionClosed, OSError):
            self._opened.close()
        receiving.join()
        self._other.close()


def open_stream(
    endpoint: str, authority: str, token: str, path: str, command: tuple[str, ...], container: str, where: str
) -> ExecStream:
    """Start a program in a pod, whose `path` ends with its name. `authority` is PEM. Errors: LeastwayError."""
    from websockets.exceptions import InvalidHandshake, InvalidStatus
    from websockets.sync.client import connect
    from websockets.typing import Subprotocol

    words = "".join(f"&command={quote(word, safe='')}" for word in command)
    options = f"container={container}&stdin=true&stdout=true&stderr=true{words}"
    base = urlsplit(endpoint)
    context = ssl.create_default_context(cadata=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    opened = ExitStack()
    try:
        making = connect(
            f"wss://{base.netloc}{base.path}{path}/exec?{options}",
            ssl=context,
            subprotocols=[Subprotocol(_PROTOCOL)],
            additional_headers={"Authorization": f"Bearer {token}"},
            user_agent_header="leastway",
            compression=None,
            proxy=None,
            open_timeout=_OPENS_WITHIN,
            ping_interval=_LIVES_WITHIN,
            ping_timeout=_LIVES_WITHIN,
            close_timeout=1,
            max_size=_LARGEST,
        )
        connection = opened.enter_context(making)
    except InvalidStatus as error:
        raise refusal(error.response.status_code, _object(error.response.body or b""), where) from error
    except InvalidHandshake as error:
        raise LeastwayError(f"the API server opens no stream to a pod: {error}", where=where) from error
    except (OSError, TimeoutError) as error:
        why = getattr(error, "strerror", None) or str(error) or "it does not answer in time"
        raise UnavailableError(f"{endpoint} cannot be reached for a stream to a pod: {why}", where=where) from error
    if connection.subprotocol != _PROTOCOL:
        opened.close()
        raise LeastwayError(
            f"the API server does not speak {_PROTOCOL}", where=where, fix="use Kubernetes 1.30 or newer"
        )
    return ExecStream(connection, opened)


def _object(content: bytes | bytearray) -> dict[str, object]:
    with suppress(ValueError):
        value = json.loads(content)
        if isinstance(value, dict):
            return value
    return {}


def _message(content: bytes) -> str:
    """Return what a status says; "" for success."""
    value = _object(content)
    return "" if value.get("status") == "Success" else str(value.get("message") or "")[:500]
