from pathlib import PurePosixPath

import pytest
import yaml

from leastway.compiler import compile_grant
from leastway.estate import AuthMode, Mark, RbacBinding, RbacRole, manifest
from leastway.export import FORMATS, CannotExportError, ExportRequest
from leastway.export.yaml_text import yaml_text
from leastway.grant import Cluster
from tests.unit.compiler.conftest import ACCOUNT, DEPLOYER, EDIT, EXTERNAL_IDS, cluster, facts_of, grant_of

FACTS = facts_of("prod", AuthMode.API) | facts_of("legacy", AuthMode.CONFIG_MAP)
LEGACY = f"{ACCOUNT}/eu-central-1/legacy"


def request_of(*clusters: Cluster) -> ExportRequest:
    return ExportRequest(
        "humanitec", "test", compile_grant(grant_of(*clusters), FACTS, EXTERNAL_IDS).estate, "kubernetes"
    )


def test_exported_objects_are_those_that_leastway_creates() -> None:
    request = request_of(cluster("prod", DEPLOYER), cluster("legacy", DEPLOYER, EDIT))
    files = FORMATS["kubernetes"].export(request)
    for place, objects in request.by_cluster().items():
        wanted = [manifest(each, Mark("acme")) for each in objects if isinstance(each, RbacRole | RbacBinding)]
        assert list(yaml.safe_load_all(files["/".join((*place, "rbac.yaml"))])) == wanted


def test_folder_has_a_kustomization_of_its_own_files() -> None:
    files = FORMATS["kubernetes"].export(request_of(cluster("legacy", DEPLOYER)))
    assert {str(PurePosixPath(path).parent) for path in files} == {LEGACY}
    assert yaml.safe_load(files[f"{LEGACY}/kustomization.yaml"])["resources"] == ["rbac.yaml"]


def test_aws_auth_is_explained_and_never_a_manifest() -> None:
    files = FORMATS["kubernetes"].export(request_of(cluster("legacy", DEPLOYER)))
    page = files[f"{LEGACY}/aws-auth.md"]
    assert f'- rolearn: "arn:aws:iam::{ACCOUNT}:role/humanitec-eks-access-{ACCOUNT}"' in page
    assert "leastway.dev/grant-acme=" in page
    assert "ConfigMap" not in files[f"{LEGACY}/rbac.yaml"]


def test_cluster_without_objects_inside_has_no_folder_and_such_a_grant_is_rejected() -> None:
    files = FORMATS["kubernetes"].export(request_of(cluster("prod", EDIT), cluster("legacy", DEPLOYER)))
    assert not [path for path in files if "/prod/" in path]
    with pytest.raises(CannotExportError, match="no objects inside a cluster"):
        FORMATS["kubernetes"].export(request_of(cluster("prod", EDIT)))


@pytest.mark.parametrize(
    "text", ["y", "on", "No", "null", "1e3", "0x1f", "012", "1.5", "", "*", "a: b", "é", "12:30:45"]
)
def test_ambiguous_string_is_quoted(text: str) -> None:
    written = yaml_text({"name": text})
    assert written.startswith('name: "')
    assert yaml.safe_load(written) == {"name": text}
