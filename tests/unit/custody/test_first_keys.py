import errno
import json
import stat
from pathlib import Path

import pytest

from leastway.custody import FirstKeys
from leastway.errors import LeastwayError
from leastway.primitives import Secret

ACCOUNT, USER = "111122223333", "humanitec"


def test_a_kept_key_is_a_private_file_with_the_two_members(tmp_path: Path) -> None:
    keys = FirstKeys(tmp_path / "keys")
    keys.keep(ACCOUNT, USER, "AKIAONE", Secret("s3cr3t"))
    path = keys.path(ACCOUNT, USER)
    assert json.loads(path.read_text()) == {"aws_access_key_id": "AKIAONE", "aws_secret_access_key": "s3cr3t"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_intention_is_open_until_the_key_is_kept(tmp_path: Path) -> None:
    keys = FirstKeys(tmp_path)
    assert keys.intention(ACCOUNT, USER) is None
    keys.intend(ACCOUNT, USER, frozenset({"AKIAOLD"}))
    assert FirstKeys(tmp_path).intention(ACCOUNT, USER) == frozenset({"AKIAOLD"})
    keys.keep(ACCOUNT, USER, "AKIANEW", Secret("s3cr3t"))
    assert keys.intention(ACCOUNT, USER) is None


def test_a_shown_key_is_not_written(tmp_path: Path) -> None:
    shown: list[str] = []
    keys = FirstKeys(tmp_path, show=lambda _account, _user, text: shown.append(text))
    keys.intend(ACCOUNT, USER, frozenset())
    keys.keep(ACCOUNT, USER, "AKIANEW", Secret("s3cr3t"))
    assert len(shown) == 1
    assert not any("s3cr3t" in path.read_text() for path in tmp_path.iterdir())


def test_a_leftover_partial_file_is_overwritten(tmp_path: Path) -> None:
    keys = FirstKeys(tmp_path)
    partial = tmp_path / f"{ACCOUNT}-{USER}.json.partial"
    partial.write_text("half")
    partial.chmod(0o644)
    keys.keep(ACCOUNT, USER, "AKIANEW", Secret("s3cr3t"))
    assert stat.S_IMODE(keys.path(ACCOUNT, USER).stat().st_mode) == 0o600
    assert not partial.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"existing": 3}', "not json"])
def test_an_unreadable_intention_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / f".{ACCOUNT}-{USER}.intention.json").write_text(text)
    with pytest.raises(LeastwayError, match="cannot be read"):
        FirstKeys(tmp_path).intention(ACCOUNT, USER)


def test_an_error_about_an_uncreatable_folder_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LeastwayError, match="--keys-to"):
        FirstKeys(tmp_path / "file" / "keys").intend(ACCOUNT, USER, frozenset())


def test_a_key_that_could_not_be_shown_stays_intended(tmp_path: Path) -> None:
    def full(_account: str, _user: str, _text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    keys = FirstKeys(tmp_path, show=full)
    keys.intend(ACCOUNT, USER, frozenset())
    with pytest.raises(LeastwayError, match="could not be shown: No space left") as failed:
        keys.keep(ACCOUNT, USER, "AKIANEW", Secret("s3cr3t"))
    assert "s3cr3t" not in failed.value.diagnostics()
    assert keys.intention(ACCOUNT, USER) == frozenset()
