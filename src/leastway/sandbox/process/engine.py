"""ministack, loaded so that it keeps to itself, and the ways in which a gap changes it.

ministack's own start-up (its ASGI lifespan) is never run: it opens MQTT and SFTP listeners, looks for Docker and
starts schedulers. Its modules are imported with an environment of our making instead, and Docker is made impossible
to import.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import logging
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from leastway.errors import LeastwayError

__all__ = [
    "VERSION",
    "Function",
    "answer",
    "change",
    "check",
    "close",
    "eks",
    "handle",
    "iam",
    "load",
    "require",
    "step",
]

Function = Callable[..., Any]
"""One of ministack's, or what stands in for it."""

VERSION = "1.5.33"
"""The release of ministack whose gaps are known and closed."""


def load(folder: str, port: int) -> None:
    """Import ministack with enforcement on, what it might write under `folder`, and URLs that name `port`."""
    for name in [name for name in os.environ if name.startswith("MINISTACK_")]:
        del os.environ[name]
    os.environ.update(
        AUTH="true",
        LOG_LEVEL="CRITICAL",
        MINISTACK_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        TMPDIR=folder,
        HOME=folder,
        STATE_DIR=f"{folder}/state",
        S3_DATA_DIR=f"{folder}/s3",
    )
    sys.modules["docker"] = None  # type: ignore[assignment]  # `import docker` fails, as where it is not installed
    found = importlib.metadata.version("ministack")
    if found != VERSION:
        raise LeastwayError(
            f"the sandbox knows ministack {VERSION}, and {found} is installed",
            fix="install leastway with the extra `rehearse`, which pins it",
        )
    importlib.import_module("ministack.app")
    logging.disable(logging.CRITICAL)


def require(module: str, name: str) -> Any:
    """Return `name` of the ministack module `module` (such as `core.iam_evaluator`), or say that it is gone."""
    loaded = importlib.import_module(f"ministack.{module}")
    try:
        return getattr(loaded, name)
    except AttributeError:
        raise LeastwayError(
            f"ministack.{module} has no {name} any more: the gap that it closes must be looked at again",
            where=f"ministack {importlib.metadata.version('ministack')}",
        ) from None


iam = functools.partial(require, "services.iam")
"""Return a function or a store of ministack's IAM by its name, such as `_users`."""
eks = functools.partial(require, "services.eks")

_STEPS: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
"""What closes each gap, by the module that says it, in the order in which it is said."""


def close(module: str) -> None:
    """Put what `module` marks with the decorators below into ministack, once; LeastwayError where that has changed."""
    for put in _STEPS.pop(module, ()):
        put()


def step(function: Callable[[], None]) -> Callable[[], None]:
    """Call a function when the gap is closed."""
    _STEPS[function.__module__].append(function)
    return function


def change(module: str, name: str) -> Callable[[Function], Function]:
    """Put a function in the place of one of ministack's, which becomes its first argument."""

    def put(function: Function) -> None:
        changed = functools.partial(function, require(module, name))
        setattr(importlib.import_module(f"ministack.{module}"), name, changed)

    return _marks(put)


def handle(*actions: str) -> Callable[[Function], Function]:
    """Let a function answer IAM `actions`; it is given ministack's own handler and the request's parameters."""
    return _marks(functools.partial(_handle, actions))


def check(*actions: str) -> Callable[[Function], Function]:
    """Let a function look at the parameters of IAM `actions` first: what it returns, but None, is the answer."""

    def put(function: Function) -> None:
        _handle(actions, lambda original, params: function(params) or original(params))

    return _marks(put)


def _handle(actions: Iterable[str], function: Function) -> None:
    table = iam("_IAM_HANDLERS")
    for action in actions:
        if action not in table:
            raise LeastwayError(f"ministack does not answer {action} any more: its gap must be looked at again")
        table[action] = functools.partial(function, table[action])


def answer(*actions: str) -> Callable[[Function], Function]:
    """Let a function answer IAM `actions` that ministack does not know; it is given the request's parameters."""
    return _marks(lambda function: iam("_IAM_HANDLERS").update(dict.fromkeys(actions, function)))


def _marks(put: Callable[[Function], None]) -> Callable[[Function], Function]:
    def mark(function: Function) -> Function:
        _STEPS[function.__module__].append(functools.partial(put, function))
        return function

    return mark
