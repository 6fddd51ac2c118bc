"""Other access in a cluster's Kubernetes."""

from typing import Any

import pytest

from leastway.aws_auth import parse
from leastway.estate import Address, Kind, Place, Sighting, Watch, Way, Weight
from leastway.kube.rbac_form import COLLECTIONS
from leastway.kube.surroundings import bindings, mappings

ACCOUNT, THEIRS = "111122223333", "767398028804"
PROD = Place(ACCOUNT, "eu-central-1", "prod")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/humanitec-s3"
OUTSIDER = f"arn:aws:iam::{THEIRS}:user/humanitec"
WATCH = Watch(
    OUTSIDER,
    frozenset({ROLE}),
    "humanitec",
    ("humanitec",),
    subjects=frozenset({"Group/humanitec", "User/humanitec"}),
)


def binding(kind: str, name: str, **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "by-hand", "namespace": "shop", "uid": "1", "labels": labels},
        "roleRef": {"kind": "Role", "name": "deployer"},
        "subjects": [{"kind": "User", "name": "jane"}, {"kind": kind, "name": name}],
    }


def bound(live: dict[str, Any], *seen: Address) -> list[Sighting]:
    return list(bindings(PROD, WATCH, [(COLLECTIONS[2], [live])], set(seen)))


@pytest.mark.parametrize(
    ("kind", "name", "is_seen"),
    [
        ("Group", "humanitec", True),
        ("User", "humanitec", True),
        ("User", f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/run", True),
        ("User", f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3-other/run", False),
        ("Group", "humanitec-others", False),
        ("ServiceAccount", "humanitec", False),
    ],
)
def test_a_binding_of_a_watched_subject_is_reported(kind: str, name: str, is_seen: bool) -> None:
    found = bound(binding(kind, name))
    assert [one.name for one in found] == (["RoleBinding shop/by-hand"] if is_seen else [])
    if is_seen:
        assert found[0].text == f"it gives {kind}/{name} the Role deployer in shop"
        assert found[0].weight is Weight.DIFFERS


def test_an_observed_binding_is_not_reported_again() -> None:
    live = binding("Group", "humanitec")
    assert not bound(live, COLLECTIONS[2].address(PROD, live))


def test_a_binding_with_the_mark_of_another_grant_is_reported() -> None:
    (found,) = bound(binding("Group", "humanitec", **{"leastway.dev/grant": "globex"}))
    assert found.weight is Weight.DIFFERS
    assert found.text.endswith("and it carries the mark of grant 'globex'")


def mapped(*seen: str, **data: str) -> list[tuple[str, Weight]]:
    addresses = {Address(PROD, Kind.AWS_AUTH_MAPPING, arn.lower()) for arn in seen}
    found = list(mappings(PROD, WATCH, parse(data), addresses))
    assert {one.way for one in found} <= {Way.AWS_AUTH_MAPPING}
    return [(one.name, one.weight) for one in found]


def test_mappings_of_watched_principals_are_reported() -> None:
    bare = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"
    old = f"arn:aws:iam::{ACCOUNT}:role/humanitec-old"
    nodes = f"arn:aws:iam::{ACCOUNT}:role/nodes"
    roles = "".join(f"- rolearn: {arn}\n  groups: [system:masters]\n" for arn in (nodes, bare, old))
    users = f"- userarn: {OUTSIDER}\n  username: x\n"
    assert mapped(mapRoles=roles, mapUsers=users) == [
        (bare, Weight.DIFFERS),
        (old, Weight.REMARK),
        (OUTSIDER, Weight.DIFFERS),
    ]
    assert mapped(bare, old, OUTSIDER, mapRoles=roles, mapUsers=users) == []


def test_an_uncertain_section_is_unknown_and_the_certain_ones_are_still_reported() -> None:
    users = f"- userarn: {OUTSIDER}\n"
    found = mapped(mapRoles="- ['", mapUsers=users)
    assert found == [("aws-auth mapRoles", Weight.UNKNOWN), (OUTSIDER, Weight.DIFFERS)]


def test_whole_accounts_are_reported() -> None:
    accounts = f"['{ACCOUNT}', '{THEIRS}', '444455556666']"
    assert mapped(mapAccounts=accounts) == [
        (f"account {ACCOUNT}", Weight.REMARK),
        (f"account {THEIRS}", Weight.DIFFERS),
    ]
    assert mapped(mapAccounts="- ['") == [("aws-auth mapAccounts", Weight.UNKNOWN)]
