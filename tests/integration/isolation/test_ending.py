"""How a sandbox ends: by itself, interrupted, killed, at a limit, and with the process that started it."""

import errno
import fcntl
import io
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from leastway.isolation import Ended, Exit, Limits, Prepared, Running, Stream, entering, launch, prepare
from leastway.isolation import running as running_here
from leastway.isolation.keeper import Keeper
from leastway.isolation.processes import with_descendants
from leastway.isolation.running import RunningHere
from tests.integration.isolation.running import Shell, needs_bwrap, own_seconds, processes_with, until

pytestmark = [pytest.mark.integration, needs_bwrap]

MIB = 1024 * 1024
PYTHON = "/usr/bin/python3"
needs_python = pytest.mark.skipif(not Path(PYTHON).exists(), reason=f"there is no {PYTHON} for programs inside")


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_the_exit_code_is_that_of_the_program(shell: Shell, script: str, code: int) -> None:
    assert shell.run(script)[0] == Exit(code, Ended.BY_ITSELF)


def test_an_interrupt_reaches_the_program_and_what_it_started(shell: Shell) -> None:
    script = "trap 'echo saved; exit 3' INT; sh -c 'trap \"echo child; exit\" INT; echo ready; sleep 30 & wait' & wait"
    with shell.started(f"{script}; wait") as running:
        assert until(lambda: "ready" in shell.lines)
        running.interrupt()
        assert running.wait(20) == Exit(3, Ended.INTERRUPTED)
    assert "saved" in shell.lines


def test_an_interrupt_right_after_the_start_is_not_lost(shell: Shell) -> None:
    for _ in range(25):
        with shell.started("", command=("/usr/bin/sleep", "60")) as running:
            running.interrupt()
            assert running.wait(30) in (Exit(130, Ended.INTERRUPTED), Exit(1, Ended.INTERRUPTED))


def test_a_bubblewrap_that_somebody_kills_does_not_count_as_never_begun(shell: Shell) -> None:
    marker = own_seconds(17)
    with shell.started(f"echo ready; sleep {marker}") as running:
        assert until(lambda: "ready" in shell.lines)
        assert isinstance(running, RunningHere)
        status = Path(f"/proc/{running.pid}/status").read_text()
        os.kill(int(status.split("PPid:\t")[1].split()[0]), signal.SIGKILL)
        assert running.wait(20) == Exit(137, Ended.KILLED)
    assert until(lambda: not processes_with(marker))


def test_stop_kills_what_ignores_two_interrupts(shell: Shell) -> None:
    with shell.started("trap 'echo again' INT; echo ready; while :; do sleep 0.05; done") as running:
        assert until(lambda: "ready" in shell.lines)
        ended = running.stop(grace=0.5, after_second=0.5)
    assert ended == Exit(137, Ended.KILLED)
    assert shell.lines.count("again") == 2


def test_what_a_program_leaves_behind_is_killed_with_it(shell: Shell) -> None:
    marker = own_seconds(31)
    ended, _ = shell.run(f"setsid sleep {marker} & sleep {marker} & exit 0")
    assert ended.is_success
    assert until(lambda: not processes_with(marker))


def test_an_error_within_the_block_ends_the_sandbox(shell: Shell) -> None:
    marker = own_seconds(27)
    broken = pytest.raises(RuntimeError)
    with broken, shell.started(f"sleep {marker}"):
        assert until(lambda: bool(processes_with(marker)))
        raise RuntimeError
    assert not processes_with(marker)


def test_the_sandbox_outlives_the_thread_that_launched_it(shell: Shell) -> None:
    made: list[Running] = []
    thread = threading.Thread(target=lambda: made.append(launch(shell.sandbox("sleep 0.5; exit 5"), shell.host)))
    thread.start()
    thread.join()
    with made[0] as running:
        assert running.wait(20) == Exit(5, Ended.BY_ITSELF)


PROGRAM = """
import sys, time
from pathlib import Path
from leastway.isolation import Host, Sandbox, launch, prepare_entrance
if sys.argv[3] == "forked":
    prepare_entrance()
folder = Path(sys.argv[1])
sandbox = Sandbox(command=("/bin/sh", "-c", sys.argv[2]), folder=folder, writable=(folder,), ports=(3128,))
print("launching", flush=True)
launch(sandbox, Host.here())
print("launched", flush=True)
time.sleep(60)
"""


entered_by = pytest.mark.parametrize("entered_by", ["program", "forked"])


@entered_by
def test_everything_ends_when_the_launching_process_is_killed(shell: Shell, entered_by: str) -> None:
    marker = own_seconds(16)
    script = f"setsid sleep {marker} & sleep {marker} & wait"
    command = [sys.executable, "-c", PROGRAM, str(shell.folder), script, entered_by]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"launching\n"
        assert program.stdout.readline() == b"launched\n"
        assert until(lambda: len(processes_with(f"sleep\0{marker}")) == 2)
        program.kill()
    assert until(lambda: not processes_with(marker))


@entered_by
@pytest.mark.parametrize("milliseconds", [2, 10, 25, 40, 60])
def test_nothing_begins_when_the_launching_process_is_killed_at_its_start(
    shell: Shell, milliseconds: int, entered_by: str
) -> None:
    marker = own_seconds(14)
    begun = shell.folder / "begun"
    script = f"echo {marker} > begun; sleep {marker}"
    command = [sys.executable, "-c", PROGRAM, str(shell.folder), script, entered_by]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"launching\n"
        time.sleep(milliseconds / 1000)
        program.kill()
    assert until(lambda: not processes_with(marker))
    begun.unlink(missing_ok=True)
    time.sleep(0.1)
    assert not begun.exists()


@pytest.mark.parametrize("is_first", [True, False], ids=["the first process", "a process that has its id afterwards"])
@pytest.mark.parametrize(
    ("request_", "reported"),
    [(b"", '{ "child-pid": %d'), (entering.request({}, (3128,)), '{ "child-pid": %d, "net-namespace": 1 }\n')],
    ids=["before it was asked and all was reported", "after that"],
)
def test_a_first_process_whose_bubblewrap_was_killed_is_killed_with_whoever_asked(
    is_first: bool, request_: bytes, reported: str
) -> None:
    command = ["bwrap", "--unshare-all", "--as-pid-1", "--bind", "/", "/", "sleep", "60"]
    with subprocess.Popen(command) as bubblewrap, subprocess.Popen(["sleep", "60"]) as other:
        assert until(lambda: len(with_descendants(bubblewrap.pid)) == 2)
        pid = with_descendants(bubblewrap.pid)[1]
        first = os.pidfd_open(pid)
        bubblewrap.kill()
        bubblewrap.wait()
        reading, writing = os.pipe()
        asked, theirs = socket.socketpair()
        os.write(writing, (reported % (pid if is_first else other.pid)).encode())
        os.close(writing)
        asked.sendall(request_)
        asked.close()
        gate, writing = os.pipe()
        descriptors = (theirs.fileno(), reading, gate)
        program = [sys.executable, "-I", "-S", entering.__file__, *map(str, descriptors)]
        subprocess.run(program, pass_fds=descriptors, check=True)
        theirs.close()
        for one in (reading, gate, writing):
            os.close(one)
        gone = select.poll()
        gone.register(first, select.POLLIN)
        assert bool(gone.poll(5000 if is_first else 200)) is is_first
        assert other.poll() is None
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(first, signal.SIGKILL)
        os.close(first)
        other.kill()


@pytest.mark.parametrize("is_asked", [True, False], ids=["asked", "left alone"])
def test_a_first_process_of_which_bubblewrap_could_not_report_is_killed(is_asked: bool) -> None:
    command = ["bwrap", "--unshare-all", "--bind", "/", "/"]
    reading, told = os.pipe()
    room = fcntl.fcntl(told, fcntl.F_SETPIPE_SZ, 4096)
    os.write(told, b" " * room)  # so that bubblewrap blocks before it reports
    (gate, writing), (other_gate, other_writing) = os.pipe(), os.pipe()
    reporting = [*command, "--json-status-fd", str(told), "--seccomp", str(gate), "true"]
    waiting = [*command, "--seccomp", str(other_gate), "true"]
    asked, theirs = socket.socketpair()
    with (
        subprocess.Popen(waiting, pass_fds=(other_gate,)) as other,
        subprocess.Popen(reporting, pass_fds=(told, gate)) as bubblewrap,
        theirs,
    ):
        try:
            assert until(lambda: len(with_descendants(bubblewrap.pid)) == len(with_descendants(other.pid)) == 2)
            first = os.pidfd_open(with_descendants(bubblewrap.pid)[1])
            bubblewrap.kill()
            bubblewrap.wait()
            os.close(told)
            if is_asked:
                asked.sendall(entering.request({}, (3128,)))
            asked.close()
            descriptors = (theirs.fileno(), reading, gate)
            program = [sys.executable, "-I", "-S", entering.__file__, *map(str, descriptors)]
            subprocess.run(program, pass_fds=descriptors, check=True, timeout=60)
            gone = select.poll()
            gone.register(first, select.POLLIN)
            is_gone = bool(gone.poll(5000))
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(first, signal.SIGKILL)
            assert is_gone
            assert len(with_descendants(other.pid)) == 2, "another sandbox lives on"
        finally:
            bubblewrap.kill()
            for one in with_descendants(other.pid)[::-1]:
                os.kill(one, signal.SIGKILL)
    for one in (first, reading, gate, writing, other_gate, other_writing):
        os.close(one)


def test_a_program_that_ignores_interrupts_hands_none_down(shell: Shell) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with shell.started("echo ready; exec sleep 30") as running:
            assert until(lambda: "ready" in shell.lines)
            running.interrupt()
            assert running.wait(20) == Exit(130, Ended.INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_fork_bomb_stops_at_the_limit_of_processes(shell: Shell) -> None:
    ended, said = shell.run(
        "bomb() { bomb | bomb & }; bomb; sleep 1; exit 0", limits=Limits(processes=24, seconds=10, output=10_000)
    )
    assert "fork" in said
    assert ended.ended in (Ended.BY_ITSELF, Ended.TIME)


@pytest.mark.parametrize(
    "script",
    [
        "for i in 1 2 3 4 5 6 7 8; do head -c 1000000 /dev/zero > big$i; done; sleep 20",
        "exec 3> big; rm big; head -c 8000000 /dev/zero >&3; sleep 20",
        "i=0; while [ $i -lt 3000 ]; do : > empty$i; i=$((i + 1)); done; sleep 20",
    ],
    ids=["files", "a file without a name", "empty files"],
)
def test_a_folder_that_grows_too_large_ends_the_sandbox(shell: Shell, script: str) -> None:
    assert shell.run(script, limits=Limits(disk=4 * MIB))[0] == Exit(137, Ended.DISK)
    shell.says("rm -f big* empty*")


def test_a_file_has_a_largest_size(shell: Shell) -> None:
    ended, _ = shell.run(
        "head -c 2000000 /dev/zero > big; code=$?; stat -c %s big; rm big; exit $code", limits=Limits(file=MIB)
    )
    assert ended.code != 0
    assert str(MIB) in shell.lines  # what the shell says about it comes by stderr, before or after


@needs_python
def test_a_file_in_memory_counts_as_disk(shell: Shell) -> None:
    hold = "import os, time; f = os.memfd_create('x'); os.write(f, b'1' * 8_000_000); time.sleep(20)"
    assert shell.run(f'{PYTHON} -c "{hold}"', limits=Limits(disk=4 * MIB))[0] == Exit(137, Ended.DISK)


@needs_python
def test_memory_is_bounded_in_one_process_and_in_all(shell: Shell) -> None:
    limits = Limits(memory=100 * MIB)
    ended, said = shell.run(f"{PYTHON} -c 'bytes(400_000_000)'", limits=limits)
    assert ended.code == 1
    assert "MemoryError" in said
    many = f"for i in 1 2 3; do {PYTHON} -c 'import time; x = b\"1\" * 60_000_000; time.sleep(20)' & done; wait"
    assert shell.run(many, limits=limits)[0] == Exit(137, Ended.MEMORY)


def test_time_is_bounded(shell: Shell) -> None:
    assert shell.run("sleep 30", limits=Limits(seconds=0.3))[0] == Exit(137, Ended.TIME)


def test_limits_hold_when_what_a_sandbox_uses_cannot_be_read_for_a_moment(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def memory(_processes: list[int]) -> int:
        looks.append(1)
        if len(looks) < 3:
            raise OSError(errno.EMFILE, "too many open files")
        return 1 << 60

    monkeypatch.setattr(running_here, "memory_of", memory)
    assert shell.run("sleep 30")[0] == Exit(137, Ended.MEMORY)


def test_a_program_that_cannot_be_started_is_told_of_whatever_the_reason() -> None:
    with pytest.raises(ValueError, match="null byte"):
        Keeper(("/bin/true\0",), ())


def test_output_beyond_the_limit_is_dropped_and_does_not_block(shell: Shell) -> None:
    ended, said = shell.run(
        "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end; exit 4", limits=Limits(output=200_000)
    )
    assert ended == Exit(4, Ended.BY_ITSELF, is_cut=True)
    assert len(said) < 210_000
    assert max(map(len, shell.lines)) <= 65536


def test_lines_keep_their_stream_and_stdout_can_be_taken_as_it_is(shell: Shell) -> None:
    lines: list[tuple[Stream, str]] = []
    taken = io.BytesIO()
    sandbox = shell.sandbox("printf 'a\\nb\\377\\r\\nc'; echo d >&2")
    with launch(
        sandbox, shell.host, on_lines=lambda stream, texts: lines.extend((stream, each) for each in texts)
    ) as running:
        running.wait(20)
    assert [line for stream, line in lines if stream is Stream.STDOUT] == ["a", "b\ufffd", "c"]
    assert (Stream.STDERR, "d") in lines
    with launch(sandbox, shell.host, stdout=taken) as running:
        running.wait(20)
    assert taken.getvalue() == b"a\nb\xff\r\nc"


def test_an_error_of_who_gets_the_lines_is_raised_at_the_end(shell: Shell) -> None:
    def broken(_stream: Stream, _lines: list[str]) -> None:
        raise OSError("the disk of the log is full")

    with (
        launch(shell.sandbox("seq 10000"), shell.host, on_lines=broken) as running,
        pytest.raises(OSError, match="log"),
    ):
        running.wait(20)


def test_descriptors_and_threads_of_ended_sandboxes_are_gone(shell: Shell) -> None:
    shell.says("true", ports=(80, 443))
    before = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in range(3):
        shell.says("true", ports=(80, 443))
    assert until(lambda: (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) <= before)


def test_a_prepared_sandbox_runs_nothing_before_it_begins(shell: Shell) -> None:
    prepared = prepare(shell.sandbox("echo began > file; cat later"), shell.host)
    (shell.folder / "later").write_text("made meanwhile")
    shell.host.give(shell.folder)
    time.sleep(0.2)
    assert not (shell.folder / "file").exists()
    said = io.BytesIO()
    with prepared.begin(stdout=said) as running:
        assert running.wait(20).is_success
    assert (said.getvalue(), (shell.folder / "file").read_text()) == (b"made meanwhile", "began\n")


def test_a_prepared_sandbox_that_somebody_kills_has_an_end(shell: Shell) -> None:
    prepared = prepare(shell.sandbox("echo began > never"), shell.host)
    assert isinstance(prepared, Prepared)
    os.kill(prepared._pid, signal.SIGKILL)
    assert until(lambda: not prepared.is_of(shell.sandbox("echo began > never")))
    with prepared.begin() as running:
        running.interrupt()
        assert running.wait(20).ended in (Ended.KILLED, Ended.NOT_BEGUN)
    assert not (shell.folder / "never").exists()


def test_a_prepared_sandbox_that_is_not_needed_ends_with_all_that_it_has(shell: Shell) -> None:
    def held() -> tuple[int, set[int]]:
        return len(list(Path("/proc/self/fd").iterdir())), set(with_descendants(os.getpid()))

    before = held()
    prepared = prepare(shell.sandbox("true", ports=(8470,)), shell.host)
    assert held()[1] > before[1]
    prepared.close()
    assert until(lambda: held() == before, 20)


def test_a_prepared_sandbox_is_of_the_files_that_its_paths_named(shell: Shell, tmp_path: Path) -> None:
    sandbox = shell.sandbox("true")
    prepared = prepare(sandbox, shell.host)
    try:
        assert prepared.is_of(shell.sandbox("true"))
        assert not prepared.is_of(shell.sandbox("false"))
        shell.folder.rename(shell.folder.with_name("before"))
        shell.folder.mkdir()
        assert not prepared.is_of(sandbox), "another folder has its name now"
        shell.folder.rmdir()
        shell.folder.with_name("before").rename(shell.folder)
        assert prepared.is_of(sandbox)
    finally:
        prepared.close()
    assert not prepared.is_of(sandbox), "it has ended"
