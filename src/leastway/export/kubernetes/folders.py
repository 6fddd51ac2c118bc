"""One folder per cluster: `rbac.yaml` with `kustomization.yaml`, and `aws-auth.md` if access comes from aws-auth.

Namespaces are not created: they belong to the applications. The API server rejects a Role in a namespace that does not
exist, and kubectl reports that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    AwsAuthMapping,
    ClusterTag,
    EstateObject,
    IdentityProvider,
    ManagedPolicy,
    Mark,
    NodegroupTag,
    Place,
    RbacBinding,
    RbacRole,
    Role,
    User,
    manifest,
)
from leastway.export.exporter import CannotExportError, ExportRequest, NothingToExportError
from leastway.export.header import header
from leastway.export.kubernetes.mapping import by_hand, entry_text
from leastway.export.yaml_text import comment, yaml_text

__all__ = ["Kubernetes", "folder_of"]

_KUSTOMIZATION = {
    "apiVersion": "kustomize.config.k8s.io/v1beta1",
    "kind": "Kustomization",
    "resources": ["rbac.yaml"],
}


def folder_of(place: Place) -> str:
    """Return the folder of a cluster: `111122223333/eu-central-1/prod`."""
    return "/".join(place)


class Kubernetes:
    """Roles and bindings as YAML; the objects in AWS are for the other formats."""

    name = "kubernetes"
    makes = "YAML for kubectl, with a kustomization for each cluster"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return the files of each cluster that needs objects inside; NothingToExportError if none does."""
        files: dict[str, str] = {}
        for place, objects in request.by_cluster().items():
            inside = tuple(each for each in objects if _is_inside(each))
            files.update({f"{folder_of(place)}/{name}": text for name, text in _files(request, place, inside).items()})
        if not files:
            raise NothingToExportError(
                "the grant needs no objects inside a cluster: access policies are objects of EKS",
                where=request.grant,
                fix="export as aws-cli",
            )
        return files


def _is_inside(each: EstateObject) -> bool:
    match each:
        case RbacBinding() if each.other_subjects:
            raise CannotExportError("it has other subjects than the platform's group", where=str(each.address))
        case RbacRole() | RbacBinding() | AwsAuthMapping():
            return True
        case ManagedPolicy() | User() | IdentityProvider() | Role() | AccessKey():
            return False
        case ClusterTag() | NodegroupTag() | AccessEntry() | AccessPolicy():
            return False
        case _:
            assert_never(each)


def _files(request: ExportRequest, place: Place, objects: tuple[EstateObject, ...]) -> Mapping[str, str]:
    rbac = tuple(each for each in objects if isinstance(each, RbacRole | RbacBinding))
    mappings = tuple(each for each in objects if isinstance(each, AwsAuthMapping))
    files: dict[str, str] = {}
    if rbac:
        head = comment(header(request, f"permissions of the platform in the cluster {place.cluster}", rbac))
        usage = comment(["", f"Apply with: kubectl apply -k {folder_of(place)}"])
        manifests = (yaml_text(manifest(each, Mark(request.grant))) for each in rbac)
        files["kustomization.yaml"] = head + usage + yaml_text(_KUSTOMIZATION)
        files["rbac.yaml"] = head + "".join(f"---\n{text}" for text in manifests)
    if mappings:
        files["aws-auth.md"] = _aws_auth(request, place, mappings)
    return files


def _aws_auth(request: ExportRequest, place: Place, mappings: tuple[AwsAuthMapping, ...]) -> str:
    head = "\n".join(header(request, f"access of the platform to the cluster {place.cluster}", mappings))
    parts = [
        f"<!--\n{head}\n-->\n# aws-auth of {place.cluster}\n",
        "Access to this cluster comes from the ConfigMap `kube-system/aws-auth`, which also contains the entries of",
        "its nodes. Applying a file would remove these, and the nodes would lose access: there is no file to apply.",
        "Let leastway add the entry, which changes nothing else and keeps a copy:\n\n```sh\nleastway apply\n```\n",
        "Or add it by hand: save a copy, add the entry in the editor, and mark it as part of this grant.\n",
    ]
    parts.extend(f"Under `{each.section}`:\n\n```yaml\n{entry_text(each)}```\n" for each in mappings)
    parts.append("```sh\n" + "\n".join(by_hand(mappings, request.grant)) + "\n```")
    return "\n".join(parts) + "\n"
