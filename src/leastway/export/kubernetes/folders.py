"""One folder a cluster: `rbac.yaml` with a `kustomization.yaml`, and `aws-auth.md` where the map lets the platform in.

Namespaces are not made: they are the applications', and a Role in a namespace that is not there is refused by the API
server, which kubectl says.
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
    """Return a cluster's folder: `111122223333/eu-central-1/prod`."""
    return "/".join(place)


class Kubernetes:
    """Roles and bindings as YAML; AWS's own objects are for the other formats."""

    name = "kubernetes"
    makes = "YAML for kubectl, a kustomization for each cluster"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return the files of each cluster that needs an object inside; CannotExportError where none does."""
        files: dict[str, str] = {}
        for place, objects in request.by_cluster().items():
            inside = tuple(each for each in objects if _is_inside(each))
            files.update({f"{folder_of(place)}/{name}": text for name, text in _files(request, place, inside).items()})
        if not files:
            raise NothingToExportError(
                "nothing that the grant asks for lives inside of a cluster: access policies are EKS's own objects",
                where=request.grant,
                fix="export it as aws-cli",
            )
        return files


def _is_inside(each: EstateObject) -> bool:
    match each:
        case RbacBinding() if each.other_subjects:
            raise CannotExportError("it binds others than the platform's group", where=str(each.address))
        case RbacRole() | RbacBinding() | AwsAuthMapping():
            return True
        case ManagedPolicy() | User() | Role() | AccessKey():
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
        head = comment(header(request, f"the platform's rights in the cluster {place.cluster}", rbac))
        usage = comment(["", f"Apply with: kubectl apply -k {folder_of(place)}"])
        manifests = (yaml_text(manifest(each, Mark(request.grant))) for each in rbac)
        files["kustomization.yaml"] = head + usage + yaml_text(_KUSTOMIZATION)
        files["rbac.yaml"] = head + "".join(f"---\n{text}" for text in manifests)
    if mappings:
        files["aws-auth.md"] = _aws_auth(request, place, mappings)
    return files


def _aws_auth(request: ExportRequest, place: Place, mappings: tuple[AwsAuthMapping, ...]) -> str:
    head = "\n".join(header(request, f"how the platform comes into the cluster {place.cluster}", mappings))
    parts = [
        f"<!--\n{head}\n-->\n# aws-auth of {place.cluster}\n",
        "The cluster lets people in by the ConfigMap `kube-system/aws-auth`, which holds the entries of its nodes too.",
        "Applying a file would remove those, and the nodes with them; so there is none. Either let leastway add the",
        "entry, which leaves every other byte as it is and keeps a copy:\n\n```sh\nleastway apply\n```\n",
        "or add it by hand: keep a copy, add the entry in the editor, and mark it as this grant's.\n",
    ]
    parts.extend(f"Under `{each.section}`:\n\n```yaml\n{entry_text(each)}```\n" for each in mappings)
    parts.append("```sh\n" + "\n".join(by_hand(mappings, request.grant)) + "\n```")
    return "\n".join(parts) + "\n"
