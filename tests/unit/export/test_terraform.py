import dataclasses
from pathlib import Path
from typing import Any

import pytest

from leastway.compiler import compile_grant
from leastway.estate import AuthMode, Estate, EstateObject, ExternalIds, RbacBinding, Role, RoleIds, Stage
from leastway.export import FORMATS, CannotExportError, ExportRequest
from leastway.grant import AccessPolicyName, Identity, PolicyAccess
from tests.unit.compiler.conftest import (
    ACCOUNT,
    DEPLOYER,
    EDIT,
    EXTERNAL_ID,
    EXTERNAL_IDS,
    S3_ROLE,
    cluster,
    facts_of,
    grant_of,
)
from tests.unit.export.terraform_binary import is_formatted

FACTS = facts_of("prod", AuthMode.API, "workers") | facts_of("legacy", AuthMode.CONFIG_MAP)
ADMIN = PolicyAccess(policy=AccessPolicyName.CLUSTER_ADMIN, namespaces=(), cluster_wide=True, unsafe_reason="a test")


def objects_of(identity: Identity, *access: PolicyAccess) -> tuple[EstateObject, ...]:
    clusters = (cluster("prod", *(access or (EDIT, DEPLOYER))), cluster("legacy", DEPLOYER))
    return compile_grant(grant_of(*clusters, identity=identity, roles=(S3_ROLE,)), FACTS, EXTERNAL_IDS).estate.objects


def exported(*objects: EstateObject) -> dict[str, str]:
    request = ExportRequest("humanitec", "test", Estate.of("acme", objects), "terraform", "humanitec")
    found = FORMATS["terraform"].export(request)
    return {path.removeprefix(f"{ACCOUNT}/"): text for path, text in found.items()}


def role_of(**changes: Any) -> Role:
    role = next(
        each for each in objects_of(Identity.TRUST_ROLE) if isinstance(each, Role) and each.name == S3_ROLE.name
    )
    return dataclasses.replace(role, **changes)


@pytest.mark.parametrize("identity", Identity)
def test_files_are_formatted_as_by_terraform_fmt(identity: Identity, tmp_path: Path) -> None:
    strange = role_of(name="humanitec-strange", description='"quoted" ${var.x} %{if} \\ back')
    for name, text in exported(*objects_of(identity), strange).items():
        (tmp_path / name).write_text(text)
    assert is_formatted(tmp_path)


def test_every_role_has_its_own_external_ids() -> None:
    ids = ExternalIds(
        {
            (ACCOUNT, ""): RoleIds(EXTERNAL_ID),
            (ACCOUNT, f"humanitec-eks-access-{ACCOUNT}"): RoleIds(EXTERNAL_ID, ("old",), Stage.CHANGING),
            (ACCOUNT, S3_ROLE.name): RoleIds("an-id-of-s3-alone"),
        }
    )
    grant = grant_of(cluster("prod"), roles=(S3_ROLE,))
    files = exported(*compile_grant(grant, FACTS, ids).estate.objects)
    assert '"sts:ExternalId" = [var.external_id,"old",]' in files["iam.tf"].replace("\n", "").replace("  ", "")
    assert '"sts:ExternalId" = "an-id-of-s3-alone"' in files["iam.tf"]
    assert f'default     = "{EXTERNAL_ID}"' in files["variables.tf"]
    assert '"an-id-of-s3-alone"' in files["outputs.tf"].partition("humanitec_s3_external_id")[2]
    assert files["outputs.tf"].count('_external_id" {') == 1


def test_objects_of_the_module_are_referenced_instead_of_their_arns() -> None:
    files = exported(*objects_of(Identity.IAM_USER))
    assert "permissions_boundary = aws_iam_policy.humanitecsaas.arn" in files["iam.tf"]
    assert "AWS = aws_iam_user.humanitec.arn" in files["iam.tf"]
    assert '"sts:ExternalId" = var.external_id' in files["iam.tf"]
    assert '"leastway:principal-id" = aws_iam_user.humanitec.unique_id' in files["clusters.tf"]
    assert EXTERNAL_ID not in files["iam.tf"]
    assert f'default     = "{EXTERNAL_ID}"' in files["variables.tf"]


def test_key_cluster_tags_and_aws_auth_are_in_the_script() -> None:
    files = exported(*objects_of(Identity.IAM_USER))
    terraform = "".join(text for name, text in files.items() if name.endswith(".tf"))
    assert "aws_iam_access_key" not in terraform
    assert "aws-auth" not in terraform
    for call in ("aws iam create-access-key", "aws eks tag-resource", "annotate"):
        assert call in files["rest.sh"]
    for word in ("access key", "tags of clusters", "aws-auth"):
        assert word in files["README.md"]


def test_cluster_wide_policy_has_a_scope_without_namespaces() -> None:
    text = exported(*objects_of(Identity.TRUST_ROLE, ADMIN))["clusters.tf"]
    assert 'access_scope {\n    type = "cluster"\n  }' in text


def test_policies_whose_names_differ_only_in_punctuation_get_different_labels() -> None:
    (_, document) = role_of().inline[0]
    role = role_of(inline=(("a.b", document), ("a_b", document)))
    text = exported(role)["iam.tf"]
    labels = [line for line in text.splitlines() if line.startswith('resource "aws_iam_role_policy"')]
    assert len(set(labels)) == 2


def test_binding_with_other_subjects_is_rejected() -> None:
    binding = next(each for each in objects_of(Identity.TRUST_ROLE) if isinstance(each, RbacBinding))
    with pytest.raises(CannotExportError, match="other subjects"):
        exported(dataclasses.replace(binding, other_subjects=frozenset({"User/jane"})))


def test_account_with_only_roles_needs_no_kubernetes_provider() -> None:
    files = exported(role_of())
    assert "kubernetes" not in files["versions.tf"]
    assert "clusters.tf" not in files
    assert "rest.sh" not in files
