"""Accepting connections, each for a thread of its own: also while this process has no descriptor or thread left."""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time

__all__ = ["accepted", "is_started"]

_log = logging.getLogger("leastway.gateway")

_FOR_NOW = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED})
"""Errors of accept that pass. Source: accept(2)."""
_PAUSE = 0.1
"""Seconds until another try."""


def accepted(listener: socket.socket) -> socket.socket | None:
    """Wait for the next connection and return it; None once the listening socket has been shut down."""
    while True:
        try:
            return listener.accept()[0]
        except OSError as error:
            if error.errno not in _FOR_NOW:
                return None
            time.sleep(_PAUSE)


def is_started(thread: threading.Thread) -> bool:
    """Start the thread of a connection; return False if there cannot be one now, so that the connection is closed."""
    try:
        thread.start()
    except RuntimeError as error:
        _log.warning("a connection is closed, because no thread can be started for it: %s", error)
        return False
    return True
