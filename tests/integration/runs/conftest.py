from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.sandbox import Sandbox
from tests.integration.runs.world import World, open_world


@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    """The server's folders are short, and the user of the sandboxes can pass through them."""
    folder = Path(tempfile.mkdtemp(prefix="runs-"))
    folder.chmod(0o711)
    try:
        with (
            Sandbox(small_kubernetes=True) as sandbox,
            pytest.MonkeyPatch.context() as patch,
            open_world(folder, sandbox, patch) as found,
        ):
            yield found
    finally:
        shutil.rmtree(folder)
