"""The wrapping key in a file: private, complete, never replaced."""

from __future__ import annotations

import base64
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from leastway.custody import create_key_file, open_key_file
from leastway.errors import InvalidInputError, LeastwayError


def rewrite(path: Path, **changes: object) -> None:
    written = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in written.items() if value is not None}))


def test_a_new_key_is_private_and_opens_what_it_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "server" / "wrapping-key"
    created = create_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["wrapping-key"]
    opened = open_key_file(path)
    assert opened.id == created.id
    assert opened.unwrap(created.wrap(b"d" * 32, {"a": "b"}), {"a": "b"}) == b"d" * 32


def test_keys_differ_and_so_do_their_ids(tmp_path: Path) -> None:
    assert len({create_key_file(tmp_path / str(number)).id for number in range(20)}) == 20


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("precious")
    with pytest.raises(InvalidInputError, match="exists, and is not replaced"):
        create_key_file(path)
    assert path.read_text() == "precious"
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_of_many_that_create_the_same_file_one_succeeds(tmp_path: Path) -> None:
    path, made = tmp_path / "key", []

    def create() -> None:
        try:
            made.append(create_key_file(path).id)
        except InvalidInputError:
            made.append("")

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [*[""] * 7, open_key_file(path).id]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o777])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    create_key_file(path)
    path.chmod(mode)
    with pytest.raises(InvalidInputError, match=f"others than its owner.*{mode:04o}") as caught:
        open_key_file(path)
    assert f"chmod 600 {path}" in (caught.value.fix or "")


def test_a_file_of_mode_0400_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "key"
    created = create_key_file(path)
    path.chmod(0o400)
    assert open_key_file(path).id == created.id


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"key": base64.b64encode(b"k" * 31).decode()}, "31 bytes instead of 32"),
        ({"key": base64.b64encode(b"k" * 64).decode()}, "64 bytes instead of 32"),
        ({"key": base64.b64encode(b"k" * 32).decode()}, "does not match its id"),
        ({"id": "file:0000000000000000"}, "does not match its id"),
        ({"key": "no base64!"}, "not valid base64"),
        ({"key": 5}, "not valid base64"),
        ({"leastway": "something else"}, "not a wrapping key"),
        ({"id": None}, "not a wrapping key"),
        ({"more": 1}, "not a wrapping key"),
    ],
)
def test_a_damaged_file_is_refused_and_its_content_not_shown(
    tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    path = tmp_path / "key"
    create_key_file(path)
    secret = json.loads(path.read_text())["key"]
    rewrite(path, **changes)
    with pytest.raises(InvalidInputError, match=why) as caught:
        open_key_file(path)
    assert caught.value.where == str(path)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", '"x"', "{", "\0", "[" * 3000])
def test_a_file_that_is_not_a_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(InvalidInputError, match="not a wrapping key"):
        open_key_file(path)


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read: no such file"):
        open_key_file(tmp_path / "nothing")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LeastwayError, match="cannot be written"):
        create_key_file(tmp_path / "key")


def test_a_key_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    create_key_file(path)
    if os.geteuid() == 0:
        os.chown(path, 1234, -1)
    else:
        own = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    with pytest.raises(InvalidInputError, match="belongs to another user"):
        open_key_file(path)
