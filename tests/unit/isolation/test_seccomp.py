"""The filter decides as intended, on a machine of the test's own that runs its instructions."""

import struct

import pytest

from leastway.errors import LeastwayError
from leastway.isolation.seccomp import seccomp_program

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
X86, ARM = 0xC000003E, 0xC00000B7


def decision(machine: str, architecture: int, number: int, argument: int = 0) -> int:
    data = struct.pack("<iIQ6Q", number, architecture, 0, argument, *[0] * 5)
    lines = list(struct.iter_unpack("<HBBI", seccomp_program(machine)))
    at = loaded = 0
    while True:
        code, yes, no, value = lines[at]
        at += 1
        if code == 0x20:
            loaded = struct.unpack_from("<I", data, value)[0]
        elif code == 0x15:
            at += yes if loaded == value else no
        elif code == 0x35:
            at += yes if loaded >= value else no
        else:
            assert code == 0x06
            return int(value)


@pytest.mark.parametrize(("machine", "architecture", "socket"), [("x86_64", X86, 41), ("aarch64", ARM, 198)])
def test_families_of_sockets(machine: str, architecture: int, socket: int) -> None:
    allowed = {family for family in range(50) if decision(machine, architecture, socket, family) == ALLOW}
    assert allowed == {1, 2, 10, 16}
    assert decision(machine, architecture, socket, 40) == REFUSE


@pytest.mark.parametrize(
    ("machine", "architecture", "refused", "allowed"),
    [
        # mount, umount2, ptrace, unshare, setns, keyctl, bpf, userfaultfd, io_uring_setup; read, write, clone, execve
        ("x86_64", X86, [165, 166, 101, 272, 308, 250, 321, 323, 425], [0, 1, 56, 59, 202, 257]),
        ("aarch64", ARM, [40, 39, 117, 97, 268, 219, 280, 282, 425], [63, 64, 220, 221, 98, 56]),
    ],
)
def test_system_calls(machine: str, architecture: int, refused: list[int], allowed: list[int]) -> None:
    assert {decision(machine, architecture, number) for number in refused} == {REFUSE}
    assert {decision(machine, architecture, number) for number in allowed} == {ALLOW}


def test_another_architecture_and_the_calls_of_x32_are_killed() -> None:
    assert decision("x86_64", 0x40000003, 5) == KILL
    assert decision("x86_64", X86, 0x40000000 + 1) == KILL
    assert decision("aarch64", X86, 1) == KILL


def test_an_unknown_machine_gets_no_filter() -> None:
    with pytest.raises(LeastwayError, match="riscv64"):
        seccomp_program("riscv64")
