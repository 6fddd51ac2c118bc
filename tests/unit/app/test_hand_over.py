"""What apply and show hand over to the platform."""

from dataclasses import replace
from pathlib import Path

import pytest

from leastway.app.apply import apply_plan
from leastway.app.hand_over import HandOver, hand_over_of_apply, known_hand_over
from leastway.app.open_grant import OpenGrant, targeting
from leastway.app.plan import make_plan
from leastway.cli.render.hand_over import hand_over_json, print_hand_over
from leastway.cli.render.lines import console_on
from leastway.estate import Place, Realm, Role, RoleIds, Stage
from leastway.grant import Identity
from leastway.ports.memory import MemorySites
from leastway.primitives import Secret
from leastway.registry import Criterion, GitSource, TerraformDefinition
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE

ACCESS_ROLE = f"humanitec-eks-access-{ACCOUNT}"


@pytest.fixture
def trusting(open_grant: OpenGrant) -> OpenGrant:
    """The grant with a trust role, and a definition that uses the role for Terraform."""
    definition = TerraformDefinition(
        id="acme-s3",
        name="acme-s3",
        type="s3",
        source=GitSource(url="https://git.example.com/infrastructure.git", rev="refs/heads/main"),
        variables={},
        criteria=(Criterion(env_type="development"),),
    )
    (account,) = open_grant.grant.accounts
    account = replace(account, roles=(replace(S3_ROLE, definitions=(definition,)),))
    return replace(open_grant, grant=replace(open_grant.grant, accounts=(account,), identity=Identity.TRUST_ROLE))


def apply(open_grant: OpenGrant) -> HandOver:
    planned = make_plan(open_grant)
    applied = apply_plan(open_grant, planned)
    return hand_over_of_apply(open_grant, planned, applied)


def text(open_grant: OpenGrant, capsys: pytest.CaptureFixture[str], *, most: int | None = None) -> str:
    print_hand_over(console_on(), known_hand_over(open_grant), most=most)
    return capsys.readouterr().out


def test_roles_are_handed_over_with_external_id_and_registration(trusting: OpenGrant, sites: MemorySites) -> None:
    apply(trusting)
    found = known_hand_over(trusting)
    access, terraform = found.principals
    for one in (access, terraform):
        ids = one.principal.external_ids
        assert ids is not None
        live = sites.objects[one.principal.address].object
        assert isinstance(live, Role)
        assert ids.current in str(live.trust)
        assert one.principal.arn == live.arn
        assert one.key is None
    assert access.principal.registration is not None
    assert access.principal.registration.id == f"acme-{ACCOUNT}"
    assert len(access.principal.registration.definitions) == len(access.principal.clusters) == 3
    assert terraform.principal.registration is not None
    assert terraform.principal.registration.type == "aws-role"
    assert terraform.principal.registration.definitions == ("acme-s3",)
    assert found.command == "leastway export humanitec grant.yaml --out humanitec"


def test_a_user_is_handed_over_with_the_path_of_its_key_and_never_the_key(
    open_grant: OpenGrant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no file on this machine" in text(open_grant, capsys)
    open_grant.keys.keep(ACCOUNT, "humanitec", "AKIAX", Secret("the-secret-of-the-key"))
    shown = text(open_grant, capsys)
    path = open_grant.keys.path(ACCOUNT, "humanitec")
    assert f"{path} (mode 0600): give it to the platform, then delete the file" in shown
    user, role = hand_over_json(known_hand_over(open_grant))["principals"]
    assert user["key"] == str(path)
    assert user["cloud_account"] == {"id": f"acme-{ACCOUNT}", "type": "aws"}
    assert (role["cloud_account"], role["key"]) == (None, None)
    assert "the-secret-of-the-key" not in shown + str((user, role))


def test_an_external_id_that_is_not_decided_is_not_made_up(
    trusting: OpenGrant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert text(trusting, capsys).count("not decided yet: leastway plan decides it") == 2
    assert {one["external_id"] for one in hand_over_json(known_hand_over(trusting))["principals"]} == {None}
    make_plan(trusting)
    assert "not decided yet" not in text(trusting, capsys)


def test_a_change_of_an_external_id_names_both(trusting: OpenGrant, capsys: pytest.CaptureFixture[str]) -> None:
    apply(trusting)
    changing = RoleIds("a-new-id-of-enough-length", ("an-old-id-of-enough-length",), Stage.CHANGING)
    trusting.store.keep(trusting.grant.name, {(str(ACCOUNT), ACCESS_ROLE): changing})
    shown = text(trusting, capsys)
    assert "a-new-id-of-enough-length" in shown
    assert "changing: an-old-id-of-enough-length" in shown
    first = hand_over_json(known_hand_over(trusting))["principals"][0]
    assert (first["external_id"], first["other_external_ids"]) == (changing.current, list(changing.others))
    assert first["stage"] == "changing"


def test_a_principal_that_is_not_installed_is_named_so(trusting: OpenGrant, sites: MemorySites) -> None:
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    found = apply(trusting)
    assert {one["installed"] for one in hand_over_json(found)["principals"]} == {False}
    sites.broken.clear()
    found = apply(trusting)
    assert {one["installed"] for one in hand_over_json(found)["principals"]} == {True}
    assert {one["installed"] for one in hand_over_json(known_hand_over(trusting))["principals"]} == {None}


def test_another_platform_gets_no_registration_of_humanitec(
    trusting: OpenGrant, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(trusting, grant=replace(trusting.grant, platform=replace(trusting.grant.platform, name="acme-ci")))
    shown = text(other, capsys)
    assert "Hand-over to acme-ci" in shown
    assert "its ARN and external id with the platform" in shown
    assert "export" not in shown


def test_only_the_first_of_many_principals_are_printed(trusting: OpenGrant, capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(trusting, capsys, most=1)
    assert "and 1 more: leastway show grant.yaml" in shown
    assert S3_ROLE.name not in shown


def test_only_what_is_included_is_handed_over(trusting: OpenGrant) -> None:
    found = known_hand_over(targeting(trusting, (), ["api"]))
    (access,) = found.principals
    assert access.principal.address.name == ACCESS_ROLE
    assert [place.cluster for place in access.principal.clusters] == ["api"]
    assert found.left_out


def test_the_path_of_a_grant_is_quoted_in_the_command(trusting: OpenGrant) -> None:
    grant = replace(trusting.grant, source=Path("my grants/a.yaml"))
    assert "'my grants/a.yaml'" in known_hand_over(replace(trusting, grant=grant)).command
