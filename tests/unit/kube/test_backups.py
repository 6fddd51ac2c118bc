import datetime as dt
import errno
import os
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.estate import Place
from leastway.kube import Backups
from leastway.primitives import SystemClock

PLACE = Place("111122223333", "eu-central-1", "prod")


class Noon(SystemClock):
    def now(self) -> dt.datetime:
        return dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def test_a_backup_is_a_private_file_with_the_text(tmp_path: Path) -> None:
    backups = Backups(tmp_path / "state" / "backups", Noon())
    where = backups.keep(PLACE, "text é\n")
    assert Path(where).read_text(encoding="utf-8") == "text é\n"
    assert Path(where).name.startswith("aws-auth-111122223333-eu-central-1-prod-20261123T120000Z-")
    assert Path(where).stat().st_mode & 0o777 == 0o600
    assert Path(where).parent.stat().st_mode & 0o777 == 0o700
    assert backups.kept == [(PLACE, where)]


def test_each_text_gets_its_own_file_and_the_same_text_only_one(tmp_path: Path) -> None:
    backups = Backups(tmp_path, Noon())
    first, other, again = (backups.keep(PLACE, text) for text in ("a", "b", "a"))
    assert first == again != other
    assert sorted(str(path) for path in tmp_path.iterdir()) == sorted([first, other])


def test_a_failed_backup_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LeastwayError, match="nothing was changed") as failed:
        Backups(tmp_path / "file").keep(PLACE, "text")
    assert str(tmp_path / "file") in str(failed.value)


def test_a_full_disk_leaves_no_partial_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LeastwayError, match="No space left"):
        Backups(tmp_path).keep(PLACE, "text")
    assert not list(tmp_path.iterdir())
