import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.isolation.running import Shell, shell_in


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that the user of root's sandboxes reaches: pytest's own are private."""
    with tempfile.TemporaryDirectory(prefix="leastway-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="module")
def shell(open_folder: Path) -> Iterator[Shell]:
    with shell_in(open_folder / "run") as made:
        yield made
