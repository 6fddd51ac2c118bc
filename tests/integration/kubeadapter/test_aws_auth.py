"""Mappings in kube-system/aws-auth on an API server."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.aws_auth import parse
from leastway.errors import LeastwayError
from leastway.estate import AwsAuthMapping, Mark, Observed, RbacBinding
from leastway.kube import ConflictError, KubernetesSite
from leastway.kube.aws_auth_map import AwsAuthMap
from leastway.kube.backups import Backups
from leastway.ports import AlreadyThereError
from leastway.reconcile import differences
from tests.integration.kubeadapter.world import AWS_AUTH, PLACE, Cluster, seen

ROLE = "arn:aws:iam::111122223333:role/humanitec"
OURS = AwsAuthMapping(PLACE, ROLE, "humanitec", frozenset({"humanitec"}))
USER = AwsAuthMapping(PLACE, "arn:aws:iam::111122223333:user/humanitec", "humanitec", frozenset({"humanitec"}))
MARK = Mark("acme")
ANNOTATION = "leastway.dev/grant-acme"
NODES = """\
# from EKS
- groups:
  - system:bootstrappers
  - system:nodes
  rolearn: arn:aws:iam::111122223333:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
"""
BY_HAND = f"- rolearn: {ROLE}\n  username: jane\n  groups: [humanitec]\n"


def observed(cluster: Cluster, wanted: AwsAuthMapping = OURS, grant: str = "acme") -> Observed:
    return seen(cluster.site(), [wanted], grant).objects[wanted.address]


def test_a_mapping_is_added_next_to_node_roles_with_its_mark_and_deleted(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles=NODES, notes="kept")
    site = cluster.site()
    assert not seen(site, [OURS]).objects
    site.create(OURS, MARK)
    site.create(USER, MARK)
    data, annotations = cluster.aws_auth()
    assert data["mapRoles"].startswith(NODES)
    assert json.loads(annotations[ANNOTATION]) == [ROLE, USER.arn]
    found = seen(site).objects
    assert found == seen(site, [OURS, USER]).objects
    assert {(one.object, one.mark) for one in found.values()} == {(OURS, MARK), (USER, MARK)}
    for one in found.values():
        site.delete(one)
        site.delete(one)
    assert cluster.aws_auth() == ({"mapRoles": NODES, "notes": "kept"}, {})


def test_a_missing_map_is_created_with_our_mapping_and_deleted_with_it(cluster: Cluster) -> None:
    site = cluster.site()
    assert not seen(site, [OURS]).objects
    site.create(OURS, MARK)
    assert [each.arn for each in parse(cluster.aws_auth()[0]).roles.entries or ()] == [ROLE]
    site.delete(observed(cluster))
    assert cluster.get(AWS_AUTH) is None


def test_a_map_that_leastway_created_stays_if_others_use_it(cluster: Cluster) -> None:
    site = cluster.site()
    site.create(OURS, MARK)
    live = cluster.get(AWS_AUTH) or {}
    live["data"]["mapRoles"] += NODES
    cluster.admin.request("PUT", AWS_AUTH, live)
    site.delete(observed(cluster))
    assert cluster.aws_auth() == ({"mapRoles": NODES}, {})


def test_a_backup_is_kept_before_each_change(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles=NODES)
    cluster.site().create(OURS, MARK)
    ((place, where),) = cluster.backups.kept
    assert place == PLACE
    copy = json.loads(Path(where).read_text())
    assert (copy["kind"], copy["data"]) == ("ConfigMap", {"mapRoles": NODES})
    assert Path(where).stat().st_mode & 0o777 == 0o600
    cluster.admin.request("PUT", AWS_AUTH, copy)
    assert cluster.aws_auth() == ({"mapRoles": NODES}, {})


def test_the_backup_includes_binary_data(cluster: Cluster) -> None:
    body = {"metadata": {"name": "aws-auth"}, "data": {"mapRoles": NODES}, "binaryData": {"notes": "AAE="}}
    cluster.remove(AWS_AUTH)
    cluster.admin.request("POST", AWS_AUTH.removesuffix("/aws-auth"), body)
    cluster.site().create(OURS, MARK)
    ((_, where),) = cluster.backups.kept
    assert json.loads(Path(where).read_text())["binaryData"] == {"notes": "AAE="}
    assert (cluster.get(AWS_AUTH) or {})["binaryData"] == {"notes": "AAE="}


def test_without_a_backup_nothing_changes(cluster: Cluster, tmp_path: Path) -> None:
    cluster.put_aws_auth(mapRoles=NODES)
    (tmp_path / "file").write_text("")
    cluster.backups = Backups(tmp_path / "file")
    with pytest.raises(LeastwayError, match="the backup cannot be written"):
        cluster.site().create(OURS, MARK)
    assert cluster.aws_auth() == ({"mapRoles": NODES}, {})


def test_an_existing_mapping_is_adopted_in_place(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles=BY_HAND + NODES)
    live = observed(cluster)
    assert live.mark is None
    assert [each.field for each in differences(live.object, OURS)] == ["username"]
    with pytest.raises(AlreadyThereError):
        cluster.site().create(OURS, MARK)
    cluster.site().update(live, OURS, MARK)
    data, _ = cluster.aws_auth()
    assert [each.arn for each in parse(data).roles.entries or ()] == [ROLE, "arn:aws:iam::111122223333:role/nodes"]
    assert observed(cluster) == replace(live, object=OURS, mark=MARK)


def test_adopting_a_matching_mapping_changes_no_mapping(cluster: Cluster) -> None:
    text = BY_HAND.replace("jane", "humanitec")
    cluster.put_aws_auth(mapRoles=text)
    live = observed(cluster)
    assert live.object == OURS
    cluster.site().update(live, OURS, MARK)
    assert cluster.aws_auth() == ({"mapRoles": text}, {ANNOTATION: json.dumps([ROLE])})
    cluster.site().update(observed(cluster), OURS, MARK)
    assert len(cluster.backups.kept) == 1, "the second update changes nothing"


def test_of_two_entries_the_differing_one_is_shown_and_then_merged(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles=BY_HAND + NODES + BY_HAND.replace("jane", "humanitec"))
    live = observed(cluster)
    assert [each.field for each in differences(live.object, OURS)] == ["username"]
    cluster.site().update(live, OURS, MARK)
    assert observed(cluster).object == OURS
    assert len(parse(cluster.aws_auth()[0]).roles.entries or ()) == 2


def test_a_mapping_of_another_grant_is_shown_with_its_mark_and_stays(cluster: Cluster) -> None:
    cluster.site().create(OURS, Mark("globex"))
    assert not seen(cluster.site()).objects
    assert observed(cluster).mark == Mark("globex")
    with pytest.raises(LeastwayError, match="globex"):
        cluster.site().update(observed(cluster), OURS, MARK)
    cluster.site().create(USER, MARK)
    cluster.site().delete(observed(cluster, USER))
    assert observed(cluster, OURS, "globex").mark == Mark("globex")


def test_a_mapping_shadowed_by_an_access_entry_is_shown(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapUsers=f"- {{userarn: {USER.arn}, username: jane, groups: ['system:masters']}}\n")
    binding = RbacBinding(PLACE, "shop", "humanitec", "humanitec", False, "humanitec")
    site = KubernetesSite(cluster.admin, PLACE, cluster.backups, USER.arn)
    (found,) = seen(site, [binding]).objects.values()
    assert found.object == replace(USER, username="jane", groups=frozenset({"system:masters"}))
    assert found.mark is None
    assert not seen(site).objects
    assert not seen(cluster.site(), [binding]).objects
    cluster.site().update(found, USER, Mark("globex"))
    assert not seen(site, [binding]).objects


def test_the_grant_with_the_longest_name_finds_its_own_mappings(cluster: Cluster) -> None:
    grant = "a" * 63
    cluster.site().create(OURS, Mark(grant))
    live = observed(cluster, OURS, grant)
    assert live.mark == Mark(grant)
    other = observed(cluster, OURS, "a" * 62).mark
    assert other is not None
    assert other.grant != "a" * 62
    cluster.site().delete(live)
    assert cluster.get(AWS_AUTH) is None


def test_a_claimed_mapping_that_was_removed_is_restored_or_forgotten(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles=NODES)
    cluster.site().create(OURS, MARK)
    live = cluster.get(AWS_AUTH) or {}
    cluster.admin.request("PUT", AWS_AUTH, {**live, "data": {"mapRoles": NODES}})
    gone = observed(cluster)
    assert [each.field for each in differences(gone.object, OURS)] == ["username", "groups"]
    cluster.site().update(gone, OURS, MARK)
    assert observed(cluster).object == OURS
    live = cluster.get(AWS_AUTH) or {}
    cluster.admin.request("PUT", AWS_AUTH, {**live, "data": {"mapRoles": NODES}})
    cluster.site().delete(seen(cluster.site()).objects[OURS.address])
    assert cluster.aws_auth() == ({"mapRoles": NODES}, {})


def test_without_entry_and_mark_there_is_nothing_to_change(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles=BY_HAND)
    live = observed(cluster)
    cluster.put_aws_auth(mapRoles=NODES)
    with pytest.raises(LeastwayError, match="no longer exists"):
        cluster.site().update(live, OURS, MARK)


def test_a_mapping_that_lost_its_mark_stays(cluster: Cluster) -> None:
    cluster.site().create(OURS, MARK)
    live = observed(cluster)
    cluster.put_aws_auth(mapRoles=BY_HAND)
    cluster.site().delete(live)
    assert cluster.aws_auth()[0] == {"mapRoles": BY_HAND}


def test_a_concurrent_change_is_kept(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles=NODES)
    connection = cluster.connect()

    def add_jane() -> None:
        live = cluster.get(AWS_AUTH) or {}
        live["data"]["mapUsers"] = "- userarn: arn:aws:iam::111122223333:user/jane\n"
        cluster.admin.request("PUT", AWS_AUTH, live)

    connection.before_write = add_jane
    cluster.site(connection).create(OURS, MARK)
    data, _ = cluster.aws_auth()
    assert "user/jane" in data["mapUsers"]
    assert observed(cluster).object == OURS


def test_a_map_created_concurrently_is_merged_into(cluster: Cluster) -> None:
    connection = cluster.connect()
    connection.before_write = lambda: cluster.put_aws_auth(mapRoles=NODES)
    cluster.site(connection).create(OURS, MARK)
    assert cluster.aws_auth()[0]["mapRoles"].startswith(NODES)
    connection.before_write = lambda: cluster.remove(AWS_AUTH)
    cluster.site(connection).create(USER, MARK)
    assert observed(cluster, USER).object == USER


def test_endless_concurrent_changes_are_an_error(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.put_aws_auth(mapRoles=NODES)
    connection = cluster.connect()
    turns = iter(range(100))

    def again() -> None:
        live = cluster.get(AWS_AUTH) or {}
        live["data"]["notes"] = str(next(turns))
        cluster.admin.request("PUT", AWS_AUTH, live)
        connection.before_write = again

    connection.before_write = again
    with pytest.raises(ConflictError, match="changed 5 times"):
        cluster.site(connection).create(OURS, MARK)
    assert cluster.aws_auth()[0]["mapRoles"] == NODES


@pytest.mark.parametrize("broken", ["- [", "not a list", "- rolearn: x\n  rolearn: y\n"])
def test_an_unparseable_map_is_unknown_and_not_edited(cluster: Cluster, broken: str) -> None:
    cluster.put_aws_auth(mapRoles=broken)
    certain = [] if broken == "not a list" else [USER]
    observation = cluster.site().observe([OURS, USER], "acme")
    assert [problem.where for problem in observation.unreadable] == [each.address for each in (OURS, *certain)]
    assert all("mapRoles" in problem.reason for problem in observation.unreadable)
    for each in (OURS, *certain):
        with pytest.raises(LeastwayError, match="mapRoles"):
            cluster.site().create(each, MARK)
    assert cluster.aws_auth() == ({"mapRoles": broken}, {})


def test_a_section_that_is_not_a_list_does_not_block_the_other_one(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles="not a list")
    cluster.site().create(USER, MARK)
    assert cluster.aws_auth()[0]["mapRoles"] == "not a list"


ESCAPED = '- rolearn: "arn:aws:iam::111122223333:user\\/humanitec"\n  groups: ["system:masters"]\n'


def test_a_section_that_may_name_anyone_makes_every_mapping_unknown(cluster: Cluster) -> None:
    """The platform's entry is as expected, but another one may take precedence."""
    cluster.site().create(USER, MARK)
    data, annotations = cluster.aws_auth()
    live = cluster.get(AWS_AUTH) or {}
    cluster.admin.request("PUT", AWS_AUTH, {**live, "data": {**data, "mapRoles": ESCAPED}})
    observation = cluster.site().observe([USER], "acme")
    assert not observation.objects
    (problem,) = observation.unreadable
    assert (problem.where, "mapRoles line 1" in problem.reason) == (USER.address, True)
    with pytest.raises(LeastwayError, match="mapRoles"):
        cluster.site().delete(Observed(USER, MARK))
    assert cluster.aws_auth()[1] == annotations


def test_offboarding_does_not_count_an_uncertain_map_as_empty(cluster: Cluster) -> None:
    """Nothing is wanted or marked, but the map may admit anyone, if the cluster uses it."""
    cluster.put_aws_auth(mapRoles=ESCAPED)
    observation = cluster.site().observe([], "acme")
    assert [str(problem.where) for problem in observation.unreadable] == [f"{PLACE}/aws-auth-mapping/*"]
    asks_entries_alone = KubernetesSite(cluster.admin, PLACE, cluster.backups, map_counts=False)
    assert not asks_entries_alone.observe([], "acme").unreadable


def test_a_mapping_shadowed_by_an_access_entry_may_be_unknown(cluster: Cluster) -> None:
    binding = RbacBinding(PLACE, "shop", "humanitec", "humanitec", False, "humanitec")
    site = KubernetesSite(cluster.admin, PLACE, cluster.backups, USER.arn)
    for data in ({"mapRoles": ESCAPED}, {"mapAccounts": "- &a '111122223333'\n"}):
        cluster.put_aws_auth(**data)
        observation = site.observe([binding], "acme")
        assert not observation.objects
        assert [problem.where for problem in observation.unreadable] == [USER.address]


def test_an_account_in_map_accounts_is_shown(cluster: Cluster) -> None:
    binding = RbacBinding(PLACE, "shop", "humanitec", "humanitec", False, "humanitec")
    site = KubernetesSite(cluster.admin, PLACE, cluster.backups, USER.arn)
    cluster.put_aws_auth(mapAccounts="- 111122223333\n")
    (found,) = seen(site, [binding]).objects.values()
    assert found == Observed(replace(USER, username=USER.arn, groups=frozenset()))
    assert not seen(site, [USER]).objects, "a wanted mapping must still be created"
    cluster.put_aws_auth(mapAccounts="- 444455556666\n")
    assert not seen(site, [binding]).objects


def test_a_damaged_map_with_our_mark_is_unknown_too(cluster: Cluster) -> None:
    cluster.site().create(OURS, MARK)
    live = cluster.get(AWS_AUTH) or {}
    cluster.admin.request("PUT", AWS_AUTH, {**live, "data": {"mapRoles": "- ["}})
    observation = cluster.site().observe([], "acme")
    assert [problem.where for problem in observation.unreadable] == [OURS.address]


def test_an_invalid_annotation_claims_nothing(cluster: Cluster) -> None:
    cluster.put_aws_auth(mapRoles=BY_HAND)
    for nonsense in ("{", '{"a": 1}', "[1]", "[" * 100_000):
        live = cluster.get(AWS_AUTH) or {}
        live["metadata"]["annotations"] = {ANNOTATION: nonsense}
        cluster.admin.request("PUT", AWS_AUTH, live)
        assert observed(cluster).mark is None


@pytest.mark.integration
@pytest.mark.parametrize("started", ["real"], indirect=True, scope="package")
def test_an_immutable_map_is_rejected_before_any_change(cluster: Cluster) -> None:
    """Only a real API server knows immutable maps."""
    cluster.put_aws_auth(mapRoles=NODES)
    live = cluster.get(AWS_AUTH) or {}
    cluster.admin.request("PUT", AWS_AUTH, {**live, "immutable": True})
    with pytest.raises(LeastwayError, match="immutable"):
        cluster.site().create(OURS, MARK)
    assert not cluster.backups.kept, "the dry run comes first"
    cluster.remove(AWS_AUTH)


def test_flaws_can_be_read(cluster: Cluster) -> None:
    live = AwsAuthMap(cluster.admin, PLACE, cluster.backups)
    assert not live.read().flaws
    cluster.put_aws_auth(maproles=NODES)
    assert [flaw.kind.value for flaw in live.read().flaws] == ["wrong-case-key"]
