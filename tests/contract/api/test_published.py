"""Published profiles and manifests: without a token, always the same bytes, and readable as a profile file."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from leastway.app.status import newer_profile_notes
from leastway.grant import bundled_profiles, find_profile, load_profile, profile_digest
from leastway.policy import PolicyKind, PolicySet, Request, compile_policies, parse_policy
from tests.running_server import RunningServer
from tests.unit.compiler.conftest import cluster, grant_of


def get(running: RunningServer, path: str) -> tuple[int, bytes, str]:
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read(), response.headers.get("ETag", "")
    finally:
        connection.close()


def listed(running: RunningServer) -> list[Any]:
    found: list[Any] = json.loads(get(running, "/published/profiles")[1])
    return found


def test_every_version_is_listed_with_what_it_lacks(running: RunningServer) -> None:
    every = listed(running)
    assert {one["name"] for one in every} == set(bundled_profiles())
    found = [one for one in every if one["name"] == "humanitec"]
    bundled = bundled_profiles()["humanitec"]
    assert [(one["version"], one["digest"]) for one in found] == [(one.version, profile_digest(one)) for one in bundled]
    assert [one["latest"] for one in found] == [False] * (len(bundled) - 1) + [True]
    assert set(found[0]["lacks"]) == set(bundled[-1].addresses) - set(bundled[0].addresses) != set()
    assert found[-1]["lacks"] == found[-1]["surplus"] == []


def test_a_file_is_found_by_version_and_by_digest_and_is_a_profile(running: RunningServer, tmp_path: Path) -> None:
    for one in listed(running):
        for name, digest in one["files"].items():
            status, content, etag = get(running, f"/published/profiles/{one['name']}/{one['version']}/{name}")
            assert (status, hashlib.sha256(content).hexdigest(), etag) == (200, digest, f'"{digest}"')
            assert get(running, f"/published/files/{digest}")[1] == content
        file = tmp_path / "profile.json"
        file.write_bytes(get(running, f"/published/profiles/{one['name']}/{one['version']}/profile.json")[1])
        assert load_profile(file) == find_profile(one["name"], one["version"])
    assert json.loads(get(running, "/published/profiles/humanitec/latest")[1])["latest"] is True


def test_what_is_not_published_does_not_exist(running: RunningServer) -> None:
    for path in ("profiles/humanitec/v9", "profiles/x/latest", "profiles/humanitec/latest/x", f"files/{'0' * 64}"):
        status, content, _ = get(running, f"/published/{path}")
        assert (status, json.loads(content)["error"]) == (404, "not-found")


def test_status_names_a_newer_version_and_the_addresses_that_the_grant_lacks(running: RunningServer) -> None:
    old, latest = bundled_profiles()["humanitec"][0], bundled_profiles()["humanitec"][-1]
    grant = grant_of(cluster("prod"))
    here = {"LEASTWAY_URL": running.url}
    (note,) = newer_profile_notes(replace(grant, platform=old), here)
    assert f"the server publishes humanitec {latest.version}" in note.text
    assert all(one in note.text for one in set(latest.addresses) - set(old.addresses))
    assert f"/published/profiles/humanitec/{latest.version}/profile.json" in note.text
    assert newer_profile_notes(replace(grant, platform=latest), here) == ()
    assert newer_profile_notes(replace(grant, platform=replace(old, name="another")), here) == ()


def test_a_server_that_does_not_answer_is_a_remark_and_no_server_is_none() -> None:
    grant = grant_of(cluster("prod"))
    (note,) = newer_profile_notes(grant, {"LEASTWAY_URL": "http://127.0.0.1:1"})
    assert "could not be asked for newer profiles" in note.text
    assert newer_profile_notes(grant, {}) == ()


def published(running: RunningServer, name: str, file: str, version: str = "latest") -> Any:
    status, content, _ = get(running, f"/published/profiles/{name}/{version}/{file}")
    assert status == 200, content
    return json.loads(content)


def test_the_policy_of_a_user_allows_tagged_clusters_and_roles_of_the_prefix_from_listed_addresses_alone(
    running: RunningServer,
) -> None:
    profile = bundled_profiles()["humanitec"][-1]
    written = published(running, "humanitec", "user-policy.json")
    trusts = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
    trust = parse_policy({"Version": "2012-10-17", "Statement": trusts}, kind=PolicyKind.TRUST)
    policy = (parse_policy(written, kind=PolicyKind.IDENTITY),)
    own, of_role = (compile_policies(PolicySet(identity=policy, resource=one)) for one in (None, trust))
    inside = {"aws:SourceIp": profile.addresses[0].partition("/")[0], "aws:ViaAWSService": "false"}
    cluster, role = "arn:aws:eks:eu-west-1:111122223333:cluster/prod", "arn:aws:iam::111122223333:role/humanitec-s3"
    tagged = {**inside, "aws:ResourceTag/Humanitec": "true"}

    def allowed(action: str, resource: str, context: dict[str, str]) -> bool:
        request = Request("arn:aws:iam::111122223333:user/humanitec", action, resource, context=context)
        return (of_role if action == "sts:AssumeRole" else own).decide(request).allowed

    assert allowed("eks:AccessKubernetesApi", cluster, tagged)
    assert allowed("sts:AssumeRole", role, inside)
    for action, resource, context in (
        ("eks:AccessKubernetesApi", cluster, inside),
        ("eks:AccessKubernetesApi", cluster, {**tagged, "aws:ResourceTag/Humanitec": "True"}),
        ("eks:AccessKubernetesApi", cluster, {**tagged, "aws:SourceIp": "192.0.2.1"}),
        ("eks:DeleteCluster", cluster, tagged),
        ("sts:AssumeRole", role.replace("humanitec-s3", "admin"), inside),
    ):
        assert not allowed(action, resource, context), (action, resource, context)


def test_a_platform_gets_the_files_that_its_profile_has_facts_for(running: RunningServer) -> None:
    files = {one["name"]: set(one["files"]) for one in listed(running) if one["latest"]}
    of_all = {"profile.json", "cluster-access-policy.json", "access-entry.json", "role-binding.json"}
    assert files["humanitec"] == of_all | {"address-deny.json", "user-policy.json"}
    assert files["github-actions"] == of_all
    assert "AssumeRole" not in str(published(running, "github-actions", "cluster-access-policy.json"))
    entry = published(running, "humanitec", "access-entry.json")
    assert entry == {"type": "STANDARD", "username": "humanitec", "kubernetesGroups": ["humanitec"]}
    binding = published(running, "humanitec", "role-binding.json")
    assert (binding["roleRef"]["name"], binding["subjects"][0]["name"]) == ("edit", "humanitec")


def test_no_published_file_of_a_version_ever_changes(running: RunningServer) -> None:
    found = {
        f"{one['name']}/{one['version']}/{name}": digest
        for one in listed(running)
        for name, digest in one["files"].items()
    }
    path = Path(__file__).with_name("published.json")
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(path.read_text())
