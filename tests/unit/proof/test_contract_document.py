"""The contract of an account as a document: nothing is lost on the way there and back, and nothing is ignored."""

import copy
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
import rfc8785

from leastway.errors import InvalidInputError
from leastway.grant import AwsManagedPolicy, Grant, Identity
from leastway.policy import PolicyKind, parse_policy
from leastway.primitives import Arn
from leastway.proof import ContractDocument, contract_of, document_of, parse_contract
from tests.unit.compiler.conftest import DEPLOYER, EDIT, EXTERNAL_IDS, S3_ROLE, cluster, grant_of

MANAGED = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
POLICY = parse_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}},
    kind=PolicyKind.IDENTITY,
)


def document(grant: Grant) -> ContractDocument:
    account = grant.accounts[0]
    return document_of(grant, account, contract_of(grant, account, EXTERNAL_IDS))


def granted(identity: Identity = Identity.TRUST_ROLE) -> Grant:
    role = replace(S3_ROLE, policies=(*S3_ROLE.policies, AwsManagedPolicy(Arn.parse(MANAGED))))
    return grant_of(cluster("prod", EDIT, DEPLOYER), identity=identity, roles=(role,), list_clusters=True)


@pytest.mark.parametrize("identity", list(Identity))
def test_the_bounds_are_the_same_after_writing_and_reading(identity: Identity) -> None:
    written = document(granted(identity))
    read = parse_contract(json.loads(written.content))
    assert read.content == written.content
    assert read.digest == hashlib.sha256(written.content).hexdigest()
    assert (read.contract.bound, read.contract.principal) == (written.contract.bound, written.contract.principal)
    for name, role in written.contract.roles.items():
        other = read.contract.roles[name]
        assert (other.bound, other.arn, other.unread) == (role.bound, role.arn, role.unread)
    assert read.clusters == written.clusters
    assert [one.policy or one.group for one in read.clusters[0].access] == ["edit", DEPLOYER.group]


def test_the_bytes_are_canonical_and_contain_no_external_id() -> None:
    written = document(granted())
    assert written.content == rfc8785.dumps(json.loads(written.content))
    ids = EXTERNAL_IDS.by_role.values()
    assert not [one for one in ids if one.current.encode() in written.content]


def test_an_aws_managed_policy_is_text_once_it_was_read() -> None:
    unread = document(granted())
    assert unread.contract.roles["humanitec-s3"].unread == (MANAGED,)
    contract = unread.contract
    roles = {name: role.reading({MANAGED: POLICY}) for name, role in contract.roles.items()}
    read = parse_contract(json.loads(replace(unread, contract=replace(contract, roles=roles)).content))
    assert read.contract.roles["humanitec-s3"].unread == ()
    assert POLICY in read.contract.roles["humanitec-s3"].bound.identity


def changed(path: tuple[Any, ...], value: Any) -> Any:
    written = json.loads(document(granted()).content)
    found = written
    for part in path[:-1]:
        found = found[part]
    if value is None:
        del found[path[-1]]
    else:
        found[path[-1]] = value
    return written


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("format",), "leastway.dev/contract/v2", "format"),
        (("account",), "12", "account"),
        (("roles",), None, "roles"),
        (("surplus",), 1, "surplus"),
        (("roles", "humanitec-s3", "limit"), "x", "roles.humanitec-s3.limit"),
        (("roles", "humanitec-s3", "bound", "boundary"), [], "roles.humanitec-s3.bound.boundary"),
        (
            ("roles", "humanitec-s3", "bound", "identity", 0, "Statement"),
            3,
            "roles.humanitec-s3.bound.identity[0]/Statement",
        ),
        (("clusters", 0, "access", 0, "policy"), "", "clusters[0].access[0].policy"),
        (("clusters", 0, "access", 1, "rules", 0, "verbs"), "get", "clusters[0].access[1].rules[0].verbs"),
        (("clusters", 0, "access", 1, "rules", 0, "x"), [], "clusters[0].access[1].rules[0].x"),
        (("bound", "boundary", 0), [], "bound.boundary[0]"),
        (("principal",), "a\nb", "principal"),
    ],
)
def test_what_is_not_exactly_a_contract_is_refused_at_its_place(path: tuple[Any, ...], value: Any, where: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_contract(changed(path, value))
    assert caught.value.where is not None
    assert caught.value.where.startswith(where)


@pytest.mark.parametrize("written", [None, [], "x", 3, {}, {"format": {}}])
def test_other_json_is_refused(written: Any) -> None:
    with pytest.raises(InvalidInputError):
        parse_contract(copy.deepcopy(written))
