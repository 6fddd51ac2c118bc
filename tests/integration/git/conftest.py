import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.isolation import Host
from tests.integration.isolation.running import shell_in


@pytest.fixture(scope="package")
def open_folder() -> Iterator[Path]:
    """A folder that the user of root's sandboxes reaches: pytest's own are private."""
    with tempfile.TemporaryDirectory(prefix="leastway-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="package")
def isolating(open_folder: Path) -> Iterator[Host]:
    if shutil.which("bwrap") is None:
        pytest.skip("there is no bwrap on this machine")
    with shell_in(open_folder / "trial") as shell:
        yield shell.host
