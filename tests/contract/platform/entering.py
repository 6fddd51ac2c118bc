"""`python -m tests.contract.platform.entering STORE FOLDER NAME COUNT`: a process that enters COUNT entries.

It says when the logs are open, and begins when it gets a line: so processes run at the same time. Four threads enter
the entries; each target is printed once its entry is durable. It sequences like a server.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leastway.audit import Actor, Entry
from leastway.broker.ledger import Ledger
from tests.contract.platform.audit_logs import NOW, opened


def main(store: str, folder: str, name: str, count: int) -> None:
    with (
        opened(store, Path(folder)) as logs,
        Ledger(logs.store, lambda _: None, logs=logs.keeper) as ledger,
        ThreadPoolExecutor(4) as threads,
    ):

        def enter(number: int) -> None:
            target = f"{name}-{number}"
            ledger.submit(lambda: Entry("acme", NOW, Actor(), "test.entered", target)).result()
            sys.stdout.write(f"{target}\n")
            sys.stdout.flush()

        sys.stdout.write("open\n")
        sys.stdout.flush()
        sys.stdin.readline()
        list(threads.map(enter, range(count)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
