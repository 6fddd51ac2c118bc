"""Answers by https from a host whose authority is in a file of the operator."""

from __future__ import annotations

from pathlib import Path

import pytest

from leastway.git import FetchRules, Web
from leastway.primitives import read_authorities
from tests.integration.git.hosts import HOST, https_host

pytestmark = pytest.mark.integration


def test_comments_of_the_authorities_may_have_any_letters(tmp_path: Path) -> None:
    with https_host(tmp_path) as host:
        host.answers["/found"] = (200, {}, b"it")
        (tmp_path / "ca.pem").write_text("# Autorit\u00e9\n" + host.authorities)
        rules = FetchRules(private_hosts={HOST}, authorities=read_authorities(tmp_path / "ca.pem"), seconds=60)
        assert Web({HOST}, rules, lambda _host, _port: ["127.0.0.1"]).get(host.url("found"), limit=2).body == b"it"
