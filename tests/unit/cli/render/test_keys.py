"""What is printed about access keys: the advice must not lead to deleting a key that is still needed."""

from __future__ import annotations

import datetime as dt

import pytest

from leastway.cli.render.keys import print_keys
from leastway.cli.render.lines import console_on
from leastway.ports import UserKey
from leastway.reconcile import KeyFlag, KeyStatus

DAY = dt.timedelta(days=1)


def test_an_inactive_key_may_belong_to_a_revocation(capsys: pytest.CaptureFixture[str]) -> None:
    key = UserKey("AKIA1", is_active=False, created=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    print_keys(console_on(), [KeyStatus("111122223333", "humanitec", key, DAY, DAY, (KeyFlag.INACTIVE,))], [])
    assert "if neither a rotation nor a revocation needs it, delete it" in " ".join(capsys.readouterr().out.split())
