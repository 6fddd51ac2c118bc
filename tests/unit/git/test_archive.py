"""Archives that were made to leave their folder, to be more than they seem, or to be nothing of the kind."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.git.archive import unpack
from leastway.git.tree import check_tree

LIMIT = 1 << 20


def tar(path: Path, *members: tuple[str, bytes, str]) -> Path:
    """Write a .tar.gz of members: name, type, and the text of a file or the target of a link."""
    with tarfile.open(path, "w:gz") as archive:
        for name, kind, text in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            if kind == tarfile.REGTYPE:
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
            else:
                member.linkname = text
                archive.addfile(member)
    return path


def test_files_folders_links_and_programs_are_unpacked(tmp_path: Path) -> None:
    file = tar(
        tmp_path / "a",
        ("./x/main.tf", tarfile.REGTYPE, "text"),
        ("x/link.tf", tarfile.SYMTYPE, "main.tf"),
        ("y", tarfile.DIRTYPE, ""),
    )
    unpack(file, "tar.gz", tmp_path / "to", limit=LIMIT, where="w")
    assert (tmp_path / "to" / "x" / "link.tf").read_text() == "text"
    assert (tmp_path / "to" / "y").is_dir()
    with zipfile.ZipFile(tmp_path / "z", "w") as archive:
        program = zipfile.ZipInfo("run.sh")
        program.external_attr = (stat.S_IFREG | 0o755) << 16
        archive.writestr(program, "#!/bin/sh")
        archive.writestr("sub/main.tf", "text")
    unpack(tmp_path / "z", "zip", tmp_path / "zipped", limit=LIMIT, where="w")
    assert (tmp_path / "zipped" / "run.sh").stat().st_mode & stat.S_IXUSR
    assert (tmp_path / "zipped" / "sub" / "main.tf").read_text() == "text"


@pytest.mark.parametrize(
    "members",
    [
        [("../out.tf", tarfile.REGTYPE, "x")],
        [("/out.tf", tarfile.REGTYPE, "x")],
        [("a/../../out.tf", tarfile.REGTYPE, "x")],
        [("a", tarfile.REGTYPE, "x"), ("b", tarfile.LNKTYPE, "a")],
        [("a", tarfile.FIFOTYPE, "")],
        [("a", tarfile.CHRTYPE, "")],
        [("a", tarfile.REGTYPE, "x"), ("a", tarfile.REGTYPE, "y")],
        [("a", tarfile.REGTYPE, "x" * (LIMIT + 1))],
        [("a", tarfile.SYMTYPE, ".."), ("a/out.tf", tarfile.REGTYPE, "x")],
    ],
)
def test_a_hostile_archive_is_refused_and_leaves_its_folder_alone(
    tmp_path: Path, members: list[tuple[str, bytes, str]]
) -> None:
    file = tar(tmp_path / "a", *members)
    with pytest.raises(LeastwayError):
        unpack(file, "tar.gz", tmp_path / "to", limit=LIMIT, where="w")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "to"]


def test_a_link_out_of_an_archive_is_refused_by_the_check_of_its_tree(tmp_path: Path) -> None:
    unpack(tar(tmp_path / "a", ("b", tarfile.SYMTYPE, "../a")), "tgz", tmp_path / "to", limit=LIMIT, where="w")
    with pytest.raises(LeastwayError, match="leads out of the source"):
        check_tree(tmp_path / "to", where="w")


def test_a_zip_that_says_less_than_it_has_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", "x" * (4 * LIMIT))
    whole = (tmp_path / "z").read_bytes()
    size = (4 * LIMIT).to_bytes(4, "little")
    assert whole.count(size) == 2
    (tmp_path / "z").write_bytes(whole.replace(size, (5).to_bytes(4, "little")))
    with pytest.raises(LeastwayError):
        unpack(tmp_path / "z", "zip", tmp_path / "to", limit=LIMIT, where="w")


def test_a_header_that_says_how_long_it_is_is_read_only_if_it_is_short(tmp_path: Path) -> None:
    """tarfile reads a long name as a whole: a megabyte of archive would become a gigabyte of memory."""
    member = tarfile.TarInfo("name")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    with gzip.open(tmp_path / "a", "wb", 1) as out:
        out.write(member.tobuf(tarfile.GNU_FORMAT))
        for _ in range(64):
            out.write(bytes(1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(LeastwayError, match="a header in it is too long"):
            unpack(tmp_path / "a", "tar.gz", tmp_path / "to", limit=LIMIT, where="w")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_zip_with_another_decoder_is_refused(tmp_path: Path, kind: int) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w", kind) as archive:
        archive.writestr("main.tf", "text")
    with pytest.raises(LeastwayError, match=r"main\.tf is compressed in another way than deflate"):
        unpack(tmp_path / "a", "zip", tmp_path / "to", limit=LIMIT, where="w")


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_what_is_no_archive_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(LeastwayError, match="cannot be unpacked"):
        unpack(tmp_path / "a", kind, tmp_path / "to", limit=LIMIT, where="w")
