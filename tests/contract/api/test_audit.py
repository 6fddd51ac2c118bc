"""The audit log over HTTP: as tlog-tiles, and as Humanitec's list of changes."""

from __future__ import annotations

import base64
import re
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from leastway.app.audit.export import export
from leastway.app.audit.opening import key_of
from leastway.app.audit.show import Filter, show
from leastway.app.audit.verify import verify
from leastway.audit import Actor, AuditedRequest, Entry, read_entry
from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.tlog import LogCheck, VerifierKey, check_log
from tests.running_server import Answer, RunningServer

NEXT = re.compile(r'<([^>]+)>; rel="next"')


def _check(running: RunningServer, path: str = "/audit/acme") -> tuple[LogCheck, list[Entry]]:
    def read(name: str) -> bytes | None:
        answer = running.request("GET", f"{path}/{name}")
        return answer.body if answer.status == 200 else None

    key = VerifierKey.read(running.request("GET", f"{path}/key").body.decode())
    found: list[bytes] = []
    check = check_log(read, key, on_entry=lambda _, data: found.append(data))
    return check, [read_entry(data) for data in found]


def _wait_for(running: RunningServer, action: str, target: str) -> list[Entry]:
    """Wait until the published log has an entry, and check the log."""
    give_up = time.monotonic() + 20
    while True:
        if running.request("GET", "/audit/acme/checkpoint").status == 200:
            check, entries = _check(running)
            assert check.is_intact, check.faults
            if any((entry.action, entry.target) == (action, target) for entry in entries):
                return entries
        assert time.monotonic() < give_up
        time.sleep(0.05)


def _changes(running: RunningServer, query: str = "") -> Answer:
    answer = running.request("GET", f"/orgs/acme/audit-logs{query}")
    assert answer.status == 200, answer.body
    return answer


def test_a_change_and_a_refusal_are_in_the_published_log(running: RunningServer) -> None:
    user = running.request("POST", "/orgs/acme/users", {"name": "CI", "role": "member"}).json()["id"]
    assert running.request("GET", "/orgs/other/users").status == 404
    _wait_for(running, "user.created", user)
    entries = _wait_for(running, "request.refused", "/orgs/other/users")
    assert entries[0].action == "organization.created"
    assert all(entry.organization == "acme" for entry in entries)
    assert running.owner.reveal() not in repr(entries)


def _entry(target: str) -> Entry:
    return Entry("acme", datetime.now(UTC), Actor(), "test.entered", target)


def test_many_entries_make_full_tiles(running: RunningServer) -> None:
    for future in [running.server.logs.ledger.submit(partial(_entry, f"n{number}")) for number in range(600)]:
        future.result(20)
    entries = _wait_for(running, "test.entered", "n599")
    assert len(entries) > 600
    full = running.request("GET", "/audit/acme/tile/0/000")
    assert (len(full.body), full.headers["cache-control"]) == (8192, "private, max-age=31536000, immutable")
    assert running.request("GET", "/audit/acme/checkpoint").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/999",
        "tile/0/000.p/256",
        "tile/9/000",
        "tile/entries/../checkpoint",
        "tile/",
        "logs/7/checkpoint",
        "logs/x/checkpoint",
        f"logs/{'9' * 30}/tile/0/000",
        f"logs/{'9' * 5000}/key",
    ],
)
def test_a_file_that_the_log_does_not_have_does_not_exist(running: RunningServer, path: str) -> None:
    assert running.request("GET", f"/audit/acme/{path}").status == 404


@pytest.mark.parametrize("path", ["/audit/{}/checkpoint", "/audit/{}/tile/0/000", "/audit/{}/key"])
@pytest.mark.parametrize("organization", ["other", "_server", quote("a/b", safe="")])
def test_the_log_of_another_organization_does_not_exist(running: RunningServer, path: str, organization: str) -> None:
    assert running.request("GET", path.format(organization)).status == 404


def test_the_log_needs_a_token(running: RunningServer) -> None:
    for path in ("/audit/acme/checkpoint", "/orgs/acme/audit-logs"):
        assert running.request("GET", path, token=Secret("lwt_wrong")).status == 401


def test_the_changes_are_listed_newest_first_and_page_by_page(running: RunningServer) -> None:
    before = datetime.now(UTC)
    path = quote(before.isoformat())
    created = [
        running.request("POST", "/orgs/acme/users", {"name": f"u{n}", "role": "member"}).json()["id"] for n in range(5)
    ]
    running.request("DELETE", f"/orgs/acme/users/{created[0]}")
    assert running.request("GET", "/orgs/other/users").status == 404
    found, link, pages = [], f"/orgs/acme/audit-logs?from={path}&per_page=2", 0
    while link:
        answer = running.request("GET", link)
        assert len(answer.json()) <= 2
        found += answer.json()
        next_link = NEXT.fullmatch(answer.headers.get("link", ""))
        link, pages = next_link[1] if next_link else "", pages + 1
    assert pages == 3
    assert [(one["request_method"], one["response_status"]) for one in found] == [("DELETE", 204)] + 5 * [("POST", 200)]
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert {one["org_id"] for one in found} == {"acme"}
    assert found[0]["request_path"] == f"/orgs/acme/users/{created[0]}"
    me = running.request("GET", "/current-user").json()["id"]
    assert {one["user_id"] for one in found} == {me}


def test_a_page_has_at_most_32_days(running: RunningServer) -> None:
    old = [datetime(2025, month, 1, tzinfo=UTC) for month in (1, 2, 6)]
    with running.server.store.writing() as transaction:
        for at in old:
            request = AuditedRequest("POST", f"/old/{at.month}", 201)
            transaction.audit.append(Entry("acme", at, Actor("u1"), "test.entered", "", request=request))
    link, pages = "/orgs/acme/audit-logs?from=2025-01-01T00:00:00Z&to=2025-07-01T00:00:00Z", []
    while link:
        answer = running.request("GET", link)
        times = [datetime.fromisoformat(one["at"]) for one in answer.json()]
        assert not times or max(times) - min(times) <= timedelta(days=32)
        pages.append([time.month for time in times])
        next_link = NEXT.fullmatch(answer.headers.get("link", ""))
        link = next_link[1] if next_link else ""
    assert pages == [[6], [2, 1]]
    only = _changes(running, "?from=2025-02-01T00:00:00Z&to=2025-06-01T00:00:00Z").json()
    assert [one["request_path"] for one in only] == ["/old/2"]


@pytest.mark.parametrize(
    "query",
    [
        "per_page=0",
        "per_page=101",
        "per_page=x",
        "page=x",
        "page=AAAA",
        f"page={base64.urlsafe_b64encode(b'0001-01-01T00:00:00+14:00 5').decode()}",
        "from=yesterday",
        "from=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00",
    ],
)
def test_a_wrong_query_is_refused(running: RunningServer, query: str) -> None:
    answer = running.request("GET", f"/orgs/acme/audit-logs?{query}")
    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    assert query.partition("=")[0] in answer.json()["message"]


def test_the_metrics_show_how_the_log_is_doing(running: RunningServer) -> None:
    text = running.request("GET", "/metrics").body.decode()
    for name in ("waiting_requests", "refusals_in_memory", "refusals_dropped", "log_is_behind"):
        assert f"leastway_audit_{name} 0.0\n" in text


def test_the_commands_read_the_log_at_its_url(running: RunningServer, tmp_path: Path) -> None:
    assert running.request("GET", "/orgs/elsewhere/users").status == 404
    _wait_for(running, "request.refused", "/orgs/elsewhere/users")
    url = f"{running.url}/audit/acme"
    key = key_of(url, running.owner)
    assert verify(url, key, token=running.owner).is_intact
    assert export(url, tmp_path / "copy", key, running.owner).check.is_intact
    shown = show(str(tmp_path / "copy"), Filter(target="/orgs/else*"), key)
    assert [one.entry.action for one in shown.entries if one.entry] == ["request.refused"]
    with pytest.raises(LeastwayError, match="refuses the request"):
        verify(url, key, token=Secret("lwt_wrong"))
