"""Processes that run a workflow of three steps, and note each step that they run in a file."""

from __future__ import annotations

import os
import time
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from leastway.jobs import Workflow, open_database, open_file
from leastway.ports import Steps
from tests.forked import PROCESSES


def noted(notes: Path) -> list[str]:
    return notes.read_text().split() if notes.exists() else []


def workflow(notes: Path, kill_in: str = "", after: str = "", gate: Path | None = None) -> Workflow:
    """`kill_in`: the process is killed within that step; `after`: as soon as that step is recorded.

    The first step waits until the file `gate` exists.
    """

    def step(name: str) -> str:
        with notes.open("a") as file:
            file.write(f"{name}\n")
        while name == "one" and gate is not None and not gate.exists():
            time.sleep(0.02)
        if name == kill_in:
            os.kill(os.getpid(), 9)
        return name

    def body(steps: Steps, argument: Any) -> Any:
        done = []
        for name in ("one", "two", "three"):
            done.append(steps.once(name, partial(step, name)))
            if name == after:
                os.kill(os.getpid(), 9)
        return {"argument": argument, "done": done}

    return Workflow("work", body)


def on_file(path: Path, notes: Path, kill_in: str = "", after: str = "") -> None:
    with open_file(path, [workflow(notes, kill_in, after)]) as engine:
        engine.run("work", "the-work", "x")


def on_database(url: str, notes: Path, identifier: str, kill_in: str = "", after: str = "") -> None:
    """Run the work, if this worker is to be killed in it, or else wait for work of others."""
    with open_database(url, [workflow(notes, kill_in, after, notes.with_suffix(".gate"))]) as engine:
        notes.with_suffix(".ready").touch()
        if kill_in or after:
            engine.start("work", identifier, "x")
        time.sleep(60)


def start(target: Any, *arguments: Any) -> BaseProcess:
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    return process
