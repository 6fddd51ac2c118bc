"""What a pod gives back is unpacked without trusting it."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import pytest

from leastway.isolation.pod.packing import CutError, UnpackError, pack_end, pack_file, pack_folder, unpack

FOLDER, FILE, LINK = 1, 2, 3


def entry(kind: int, path: str, content: bytes = b"", *, number: int = 0, size: int | None = None) -> bytes:
    name = os.fsencode(path)
    length = len(content) if size is None else size
    return struct.pack("!BHBHQ", kind, 0o777, number, len(name), length) + name + content


END = entry(0, "")


def unpacked(to: Path, *entries: bytes, largest: int = 1 << 20) -> None:
    to.mkdir(exist_ok=True)
    unpack(io.BytesIO(b"".join(entries) + END), {0: str(to)}, largest=largest)


def test_what_is_packed_is_unpacked_alike(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep/er").mkdir(parents=True)
    (source / "deep/er/program").write_text("#!/bin/sh\n")
    (source / "deep/er/program").chmod(0o750)
    (source / "empty").write_bytes(b"")
    (source / "link").symlink_to("../elsewhere")
    (source / "folder-link").symlink_to("deep")
    os.mkfifo(source / "pipe")
    out = io.BytesIO()
    pack_folder(out, 0, str(source))
    pack_file(out, 1, "leastway-x/key", 0o400, b"secret")
    pack_file(out, 1, "leastway-x/other", 0o500, b"#!")
    pack_end(out)
    out.seek(0)
    made, memory = tmp_path / "made", tmp_path / "memory"
    made.mkdir()
    memory.mkdir()
    unpack(out, {0: str(made), 1: str(memory)}, largest=1 << 20)
    assert {one.relative_to(made).as_posix() for one in made.rglob("*")} == {
        "deep",
        "deep/er",
        "deep/er/program",
        "empty",
        "folder-link",
        "link",
    }
    assert (made / "deep/er/program").stat().st_mode & 0o777 == 0o750
    assert (made / "link").readlink() == Path("../elsewhere")
    assert (memory / "leastway-x/key").read_bytes() == b"secret"
    assert (memory / "leastway-x").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "path", ["../out", "a/../../out", "/out", "", ".", "a//b", "nul\0", "x" * 256, "a/" * 70 + "b"]
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UnpackError):
        unpacked(tmp_path / "to", entry(FOLDER, "a"), entry(FILE, path, b"x"))
    assert [one.name for one in tmp_path.iterdir()] == ["to"]


@pytest.mark.parametrize("target", ["..", "/etc", "."])
def test_nothing_is_made_behind_a_link(tmp_path: Path, target: str) -> None:
    with pytest.raises(OSError, match=r"[Nn]ot a directory|Too many levels"):
        unpacked(tmp_path / "to", entry(LINK, "a", target.encode()), entry(FILE, "a/out", b"x"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [FILE, LINK, FOLDER])
def test_nothing_is_replaced(tmp_path: Path, kind: int) -> None:
    outside = tmp_path / "outside"
    outside.write_text("as it was")
    with pytest.raises(FileExistsError):
        unpacked(tmp_path / "to", entry(LINK, "a", b"../outside"), entry(kind, "a", b"x" if kind != FOLDER else b""))
    assert outside.read_text() == "as it was"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry(4, "device")], "kind 4"),
        ([entry(FILE, "a", b"x", number=7)], "cannot be"),
        ([entry(FILE, "a", b"x" * 2000)], "larger"),
        ([entry(FILE, f"a{index}") for index in range(3)], "larger"),
        ([entry(FILE, "a", b"", size=1 << 62)], "larger"),
        ([entry(LINK, "a", b"x" * 4096)], "target"),
        ([entry(LINK, "a", b"")], "target"),
        ([entry(LINK, "a", b"nul\0")], "target"),
    ],
)
def test_what_no_folder_contains_and_what_is_too_much_is_refused(
    tmp_path: Path, entries: list[bytes], said: str
) -> None:
    with pytest.raises(UnpackError, match=said):
        unpacked(tmp_path / "to", *entries, largest=9000 if said != "larger" or len(entries) > 1 else 5000)


@pytest.mark.parametrize("cut", [1, 5, 16, 20])
def test_a_stream_that_ends_too_early_is_told_apart(tmp_path: Path, cut: int) -> None:
    whole = entry(FILE, "a", b"content") + END
    with pytest.raises(CutError):
        unpack(io.BytesIO(whole[:cut]), {0: str(tmp_path)}, largest=1 << 20)


def test_rights_beyond_those_of_a_user_are_dropped(tmp_path: Path) -> None:
    content = struct.pack("!BHBHQ", FILE, 0o7755, 0, 1, 0) + b"a"
    unpack(io.BytesIO(content + END), {0: str(tmp_path)}, largest=1 << 20)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == 0o755
