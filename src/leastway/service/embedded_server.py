"""The platform's server on the embedded AWS, in this process: that of a rehearsal, and that of `leastway sandbox`.

Custody, sessions, runs and the audit log are the real ones. Its own identity on AWS is the ambient one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leastway.primitives import Secret
from leastway.service.rehearsed_run import copied_programs
from leastway.service.server import Server, open_server
from leastway.service.settings import ServerSettings

if TYPE_CHECKING:
    from leastway.grant import Profile

__all__ = ["embedded_server"]


@contextmanager
def embedded_server(
    folder: Path,
    platform: Profile,
    address: str | None,
    region: str,
    organization: str,
    tell: Callable[[Secret], None],
) -> Iterator[Server]:
    """Open a server that keeps its data in `folder`, pretends to call from `address`, and tells its owner's token.

    Its runs work in a folder that the user of their sandboxes can pass through, which is removed at the end of the
    block. Errors: LeastwayError.
    """
    with tempfile.TemporaryDirectory(prefix="leastway-runs-") as run_folder:
        settings = ServerSettings(
            folder,
            organization=organization,
            platform=platform,
            region=region,
            pretended_address=address,
            run_folder=Path(run_folder),
            run_tools=copied_programs(Path(run_folder) / "tools"),
            has_controllers=False,
        )
        with open_server(settings, tell) as server:
            yield server
