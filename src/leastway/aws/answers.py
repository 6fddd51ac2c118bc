"""Every answer of AWS, looked at before anybody relies on it: one that says 200 and is not what was asked for is an
error, and nothing counts as absent by it.

1. It is of the form that its service speaks: JSON, or XML whose root is named after the operation.
2. Each part has the type that the model gives it, and what the model requires is there (`shapes`).
3. What a list holds is there, empty or not: the member that the model's paginator looks for.
4. So is what AWS always says although its model does not promise it (`_ALWAYS`).
Source: botocore's models; EKS API Reference, AccessEntry; AWS CLI Command Reference, examples of `aws eks`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from leastway.aws.errors import unreadable
from leastway.aws.shapes import Always, bare, check_json, check_xml
from leastway.ports import ShapeError
from leastway.primitives import LARGEST_ANSWER, read_bounded_json

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import OperationModel

__all__ = ["Answers"]

_MOST = 1_000_000
"""Tags of one XML answer; a page of 1,000 roles has 30,000."""
_DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)
_ALWAYS: dict[str, Always] = {
    "eks": {
        "DescribeClusterResponse": {"cluster"},
        "DeleteClusterResponse": {"cluster"},
        "Cluster": {"name", "arn", "status"},
        "DescribeNodegroupResponse": {"nodegroup"},
        "Nodegroup": {"nodegroupName", "nodegroupArn"},
        "CreateAccessEntryResponse": {"accessEntry"},
        "DescribeAccessEntryResponse": {"accessEntry"},
        "UpdateAccessEntryResponse": {"accessEntry"},
        "AccessEntry": {"principalArn", "accessEntryArn", "kubernetesGroups", "tags"},
        "AssociateAccessPolicyResponse": {"associatedAccessPolicy"},
        "AssociatedAccessPolicy": {"policyArn", "accessScope"},
        "AccessScope": {"type"},
        "DescribePodIdentityAssociationResponse": {"association"},
        "PodIdentityAssociation": {"associationId", "roleArn"},
        "PodIdentityAssociationSummary": {"associationId", "namespace", "serviceAccount"},
    },
    "iam": {
        "GetPolicyResponse": {"Policy"},
        "Policy": {"PolicyName", "PolicyId", "Arn", "Path", "DefaultVersionId"},
        "GetPolicyVersionResponse": {"PolicyVersion"},
        "PolicyVersion": {"VersionId", "IsDefaultVersion"},
        "AttachedPolicy": {"PolicyArn"},
        "AccessKeyMetadata": {"AccessKeyId"},
        "GetAccessKeyLastUsedResponse": {"AccessKeyLastUsed"},
        "ListServiceSpecificCredentialsResponse": {"ServiceSpecificCredentials"},
        "PolicyUser": {"UserName"},
        "PolicyRole": {"RoleName"},
        "PolicyGroup": {"GroupName"},
        "Role": {"AssumeRolePolicyDocument"},
        "AttachedPermissionsBoundary": {"PermissionsBoundaryArn"},
    },
    "sts": {
        "AssumeRoleResponse": {"Credentials"},
        "GetCallerIdentityResponse": {"Account", "Arn", "UserId"},
    },
}


class Answers:
    """Looks at answers, for the `before-parse` event of botocore; `loader` holds its models."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._required: dict[tuple[str, str], Always] = {}

    def check(self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
        """Raise UnreadableAnswerError where an answer is not what its operation answers."""
        body, status = response_dict["body"], int(response_dict["status_code"])
        if not isinstance(body, bytes):
            return  # an answer that is read as it comes: nothing that leastway asks for
        try:
            self._check(operation_model, status, body)
            if status >= 500 and "json" not in operation_model.service_model.resolved_protocol and not _is_xml(body):
                response_dict["body"] = b""  # the status speaks for itself, and botocore asks again
        except ValueError as error:
            raise unreadable(f"the answer to {operation_model.name} cannot be read: {error}") from None

    def _check(self, operation: OperationModel, status: int, body: bytes) -> None:
        is_json = "json" in operation.service_model.resolved_protocol
        if status >= 300:
            _check_refusal(body, is_json=is_json)
        elif is_json:
            self._check_json(operation, body)
        elif operation.service_model.resolved_protocol == "query":
            self._check_xml(operation, body)
        else:
            _check_harmless(body)  # S3's kind of XML, which leastway itself asks for nowhere

    def _check_json(self, operation: OperationModel, body: bytes) -> None:
        value = read_bounded_json(body) if body.strip() else {}
        if operation.output_shape is not None:
            check_json(operation.output_shape, value, self._always(operation))
        elif not isinstance(value, dict):
            raise ShapeError("it is no object")

    def _check_xml(self, operation: OperationModel, body: bytes) -> None:
        root = _root(body)
        if bare(root.tag) != f"{operation.name}Response":
            raise ShapeError(f"it is {bare(root.tag)}")
        shape = operation.output_shape
        if shape is None:
            return
        wrapper = shape.serialization.get("resultWrapper")
        results = [each for each in root if bare(each.tag) == wrapper] if wrapper else [root]
        if len(results) != 1:
            raise ShapeError(f"{wrapper} is missing" if not results else f"{wrapper} appears {len(results)} times")
        check_xml(shape, results[0], self._always(operation))

    def _always(self, operation: OperationModel) -> Always:
        """Return what must be there, with what a list of this operation is found in."""
        service, shape = operation.service_model.service_name, operation.output_shape
        key = (service, operation.name)
        if key not in self._required:
            pages = self._loader.load_service_model(service, "paginators-1")["pagination"].get(operation.name, {})
            named = pages.get("result_key", ())
            members = {named} if isinstance(named, str) else set(named)
            known = _ALWAYS.get(service, {})
            name = shape.name if shape is not None else ""
            self._required[key] = {**known, name: {*known.get(name, ()), *members}}
        return self._required[key]


def _check_refusal(body: bytes, *, is_json: bool) -> None:
    """Refuse the body of an error only where reading it would do harm: what it says is told elsewhere.

    A proxy's page is no such: its status says whether to ask again.
    """
    if not is_json:
        _check_harmless(body)
    elif body.lstrip()[:1] in (b"{", b"["):
        try:
            read_bounded_json(body)
        except ValueError as error:
            if "valid JSON" not in str(error):
                raise


def _check_harmless(body: bytes) -> None:
    if len(body) > LARGEST_ANSWER:
        raise ShapeError(f"it has more than {LARGEST_ANSWER >> 20} MiB")
    if body.count(b"<") > _MOST:
        raise ShapeError(f"it has more than {_MOST:,} tags")


def _is_xml(body: bytes) -> bool:
    try:
        _root(body)
    except ShapeError:
        return False
    return True


def _root(body: bytes) -> ElementTree.Element:
    _check_harmless(body)
    if _DOCTYPE.search(body):
        raise ShapeError("it has a document type, which may hold entities")
    try:
        return ElementTree.fromstring(body, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314 - no document type
    except ElementTree.ParseError:
        raise ShapeError("it is not valid XML") from None
