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
from collections.abc import Callable, Iterable
from typing import Any

from leastway.errors import LeastwayError

__all__ = ["VERSION", "Function", "Gap", "change", "load", "require"]

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


class Gap:
    """What closes one gap: the functions that it marks, put into ministack in their order by `close`, once."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []

    def close(self) -> None:
        """Close the gap in this process; LeastwayError when ministack has changed under it."""
        for step in self._steps:
            step()

    def step(self, function: Callable[[], None]) -> Callable[[], None]:
        """Call a function when the gap is closed."""
        self._steps.append(function)
        return function

    def change(self, module: str, name: str) -> Callable[[Function], Function]:
        """Put a function in the place of one of ministack's, which becomes its first argument."""

        def mark(function: Function) -> Function:
            self.step(lambda: change(module, name, function))
            return function

        return mark

    def handle(self, *actions: str) -> Callable[[Function], Function]:
        """Let a function answer IAM `actions`; it is given ministack's own handler and the request's parameters."""

        def mark(function: Function) -> Function:
            self.step(lambda: _handle(actions, function))
            return function

        return mark

    def answer(self, action: str) -> Callable[[Function], Function]:
        """Let a function answer an IAM action that ministack does not know; it is given the request's parameters."""

        def mark(function: Function) -> Function:
            self.step(lambda: require("services.iam", "_IAM_HANDLERS").setdefault(action, function))
            return function

        return mark


def change(module: str, name: str, replacement: Function) -> None:
    """Put `replacement` in the place of a function of ministack; its first argument is the original."""
    original = require(module, name)
    setattr(importlib.import_module(f"ministack.{module}"), name, functools.partial(replacement, original))


def _handle(actions: Iterable[str], replacement: Function) -> None:
    table = require("services.iam", "_IAM_HANDLERS")
    for action in actions:
        if action not in table:
            raise LeastwayError(f"ministack does not answer {action} any more: its gap must be looked at again")
        table[action] = functools.partial(replacement, table[action])
