"""No reader has another end than a value or a LeastwayError, within seconds, whatever it reads.

FUZZ_INPUTS says how many inputs there are in all, FUZZ_SEED where they begin. Add a reader: a function with `@reader`
in one of the `readers_of_*` files.
"""

from __future__ import annotations

import ast
import os
import re
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.shown import shown_lines
from tests.fuzz import (  # noqa: F401  # they register themselves
    readers_of_answers,
    readers_of_calls,
    readers_of_custody,
    readers_of_documents,
    readers_of_drivers,
    readers_of_logs,
    readers_of_runs,
    readers_of_sources,
    readers_of_tunnel,
)
from tests.fuzz.mutation import Inputs
from tests.fuzz.reader import READERS, Reader

SOURCE = Path(__file__).parents[2] / "src"
SECONDS = 5.0
MOST_SHOWN = 400
"""Bytes of an input in the report of a failure; its seed makes all of it again."""
INPUTS = int(os.environ.get("FUZZ_INPUTS", "20000"))
SOAK_INPUTS = int(os.environ.get("SOAK_INPUTS", "1000000"))
SEED = os.environ.get("FUZZ_SEED", "0")

# What is called as a reader is, and is none, or stands behind another one.
NO_READERS = {
    "leastway.app.policy.files.read_bytes": "it takes any bytes; test_file.py",
    "leastway.app.policy.files.read_policy_text": "it calls what it is given",
    "leastway.aws.calls.ahead.load_ahead": "it reads models of botocore's",
    "leastway.aws.calls.models.load_service": "it reads models of botocore's",
    "leastway.aws.iam.user_keys.read_keys": "botocore reads the answer, whose shape is checked; test_shapes_of_iam.py",
    "leastway.isolation.left.read_left": "it takes any bytes; test_left.py",
    "leastway.policy.catalog.catalog.load_catalog": "it reads a package of ours",
    "leastway.primitives.file.read_file": "it takes any bytes; test_file.py",
}


class TooSlowError(BaseException):
    """Nothing may catch it."""


@contextmanager
def limited() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fault(one: Reader, data: bytes, folder: Path) -> str:
    """Return what is wrong with how the reader takes `data`, or nothing."""
    try:
        with limited():
            try:
                told = one.call(data, folder)
            except LeastwayError as error:
                told = error.diagnostics() if error.what else "\x00"
    except TooSlowError:
        return f"it takes over {SECONDS} seconds"
    except Exception as error:  # noqa: BLE001 - whatever comes is what is looked for
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "leastway" in frame.filename]
        at = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        return f"{type(error).__name__} at {at}: {error}"
    return "" if told is None or shown_lines(told) == told else f"it shows {told!r}"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a disk would be most of what is measured."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as name:
        yield Path(name)


def kind_of(fault: str) -> str:
    return fault.partition(": ")[0]


def smaller(one: Reader, data: bytes, folder: Path, wrong: str) -> bytes:
    """Return a small part of `data` that is taken as wrongly."""
    deadline = time.monotonic() + 20
    size = len(data) // 2
    while size and time.monotonic() < deadline:
        at = 0
        while at < len(data) and time.monotonic() < deadline:
            shorter = data[:at] + data[at + size :]
            if kind_of(fault(one, shorter, folder)) == kind_of(wrong):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def fuzz(one: Reader, number: int, folder: Path) -> None:
    inputs = Inputs(one.samples())
    for sample in one.samples():
        assert not fault(one, sample, folder)
    for index in range(number):
        seed = f"{one.name}/{SEED}/{index}"
        data = inputs.make(seed)
        if wrong := fault(one, data, folder):
            small = smaller(one, data, folder, wrong)
            rest = f" and {len(small) - MOST_SHOWN} bytes more" if len(small) > MOST_SHOWN else ""
            what = f"seed {seed}, {len(data)} bytes; it is enough to read\n{small[:MOST_SHOWN]!r}{rest}"
            pytest.fail(f"{wrong}\n{what}", pytrace=False)


def share(one: Reader, total: int) -> int:
    return round(total * one.share / sum(each.share for each in READERS.values()))


@pytest.mark.parametrize("name", READERS)
def test_a_reader_has_words_for_whatever_it_reads(name: str, folder: Path) -> None:
    fuzz(READERS[name], share(READERS[name], INPUTS), folder)


@pytest.mark.soak
@pytest.mark.parametrize("name", READERS)
def test_a_reader_has_words_for_a_million_inputs(name: str, folder: Path) -> None:
    fuzz(READERS[name], share(READERS[name], SOAK_INPUTS), folder)


def test_an_input_comes_again_by_its_seed() -> None:
    samples = READERS["words"].samples()
    assert [Inputs(samples).make(f"a/{number}") for number in range(50)] == [
        Inputs(samples).make(f"a/{number}") for number in range(50)
    ]
    assert len({Inputs(samples).make(f"a/{number}") for number in range(50)}) > 40


def test_every_reader_is_registered() -> None:
    """A reader is a public function or class method called read, load or parse, or ..._of_file or from_environment."""
    found = set(_public_readers())
    covered = frozenset().union(*(one.covers for one in READERS.values()))
    assert covered <= found, "it is called otherwise now"
    assert found - covered - set(NO_READERS) == set(), "register it in tests/fuzz, or say in NO_READERS why not"
    assert set(NO_READERS) <= found - covered


def _public_readers() -> Iterator[str]:
    named = re.compile(r"(read|load|parse)(_[a-z_]+)?|[a-z_]+_of_file|from_environment")
    for path in (SOURCE / "leastway").rglob("*.py"):
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        if module.startswith(("leastway.sandbox", "leastway.service")):  # use cases read the store
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and named.fullmatch(node.name):
                yield f"{module}.{node.name}"
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                for each in node.body:
                    decorators = {one.id for one in getattr(each, "decorator_list", ()) if isinstance(one, ast.Name)}
                    if isinstance(each, ast.FunctionDef) and named.fullmatch(each.name) and "classmethod" in decorators:
                        yield f"{module}.{node.name}.{each.name}"
