"""A sandbox: start, hand-over of two sockets and end, beside the bare program; goal: at most 100 ms more.

The bare program is `/bin/true`, started with the same module. The parts are shown too: an interpreter, which enters the
namespaces, and bubblewrap alone, with the same namespaces and no sockets. Then the time from an order to the first line
of a program, in a sandbox that is launched for it, and in one that was prepared before, as in runs.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.isolation import Host, Sandbox, Stream, launch, prepare, prepare_entrance

ROUNDS = 40
PROGRAM = "/bin/true"
GOAL = 0.1
NAMESPACES = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
    *("--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev", "--ro-bind", "/usr", "/usr"),
    *("--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"),
)


def main() -> None:
    try:
        host = Host.here()
    except LeastwayError as error:
        print(f"skipped: {error}")
        return
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o711)
        folder = Path(made, "run")
        folder.mkdir()
        host.give(folder)
        sandbox = Sandbox(command=(PROGRAM,), folder=folder, writable=(folder,), ports=(3128, 3129))

        def in_sandbox() -> None:
            with launch(sandbox, host) as running:
                if not running.wait(30).is_success:
                    raise SystemExit("the sandbox does not work here")

        bubblewrap = [str(host.bubblewrap), *NAMESPACES, PROGRAM]
        acts: dict[str, Callable[[], object]] = {
            "sandbox": in_sandbox,
            "bare": lambda: subprocess.run([PROGRAM], check=True),
            "interpreter": lambda: subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True),
            "bubblewrap": lambda: subprocess.run(bubblewrap, check=True),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
        for _ in range(ROUNDS):  # in turns, so that the load of the machine meets all of them
            for name, act in acts.items():
                began = time.perf_counter(), processor()
                act()
                took[name].append((time.perf_counter() - began[0], processor() - began[1]))
        print_first_lines(replace(sandbox, command=("/bin/echo", "line")), host)
    median = {name: [statistics.median(each) for each in zip(*times, strict=True)] for name, times in took.items()}
    for name, times in took.items():
        elapsed, cpu = median[name]
        print(
            f"{name:12} median {elapsed * 1000:6.1f} ms, CPU {cpu * 1000:5.1f} ms; least {min(times)[0] * 1000:6.1f} ms"
        )
    more = [of_sandbox - of_bare for of_sandbox, of_bare in zip(median["sandbox"], median["bare"], strict=True)]
    verdict = "reached" if more[0] <= GOAL else "missed; compare the CPU time if the machine is busy"
    print(f"overhead     {more[0] * 1000:6.1f} ms, CPU {more[1] * 1000:5.1f} ms; goal {verdict}")


def print_first_lines(sandbox: Sandbox, host: Host) -> None:
    """Print how long the first line of a program takes, by turns in the two kinds of sandboxes."""
    prepare_entrance()  # as supervisors do
    took: dict[str, list[float]] = {"launched": [], "prepared": []}
    for _ in range(ROUNDS):
        for name, times in took.items():
            prepared = prepare(sandbox, host) if name == "prepared" else None
            came: list[float] = []
            began = time.perf_counter()

            def hear(_stream: Stream, _lines: list[str], came: list[float] = came) -> None:
                came.append(time.perf_counter())

            with prepared.begin(on_lines=hear) if prepared else launch(sandbox, host, on_lines=hear) as running:
                running.wait(60)
            times.append(came[0] - began)
    for name, times in took.items():
        print(f"{name}: first line after {statistics.median(times) * 1e3:.1f} ms, least {min(times) * 1e3:.1f} ms")


def processor() -> float:
    """Return the seconds of processors that this process and its ended children have used."""
    used = (resource.getrusage(whom) for whom in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)
