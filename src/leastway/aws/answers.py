"""Checks of every AWS response before it is used: a response with status 200 and unexpected content is an error.

Without these checks, a broken response could make an existing object look absent.

1. The body has the format of its service: JSON, or XML whose root is named after the operation.
2. Each part has the type that the model declares, and required members exist (`shapes`).
3. The list of a listing exists, empty or not: the member that the model's paginator reads.
4. Members that AWS always sends exist, even if the model does not require them (`_ALWAYS`).

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
"""Most tags of one XML response; a page of 1,000 roles has 30,000."""
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
        "SimulatePolicyResponse": {"EvaluationResults"},
        "ListOpenIDConnectProvidersResponse": {"OpenIDConnectProviderList"},
        "OpenIDConnectProviderListEntry": {"Arn"},
        "GetOpenIDConnectProviderResponse": {"Url", "ClientIDList", "CreateDate"},
        "AttachedPermissionsBoundary": {"PermissionsBoundaryArn"},
    },
    "kms": {
        "EncryptResponse": {"CiphertextBlob"},
        "DecryptResponse": {"Plaintext"},
    },
    "sts": {
        "AssumeRoleResponse": {"Credentials"},
        "GetCallerIdentityResponse": {"Account", "Arn", "UserId"},
    },
}


class Answers:
    """A check of responses, for botocore's `before-parse` event; `loader` loads botocore's models."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._required: dict[tuple[str, str], Always] = {}

    def check(self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
        """Raise UnreadableAnswerError if a response does not fit its operation."""
        body, status = response_dict["body"], int(response_dict["status_code"])
        if not isinstance(body, bytes):
            return  # the content of an object in S3
        try:
            self._check(operation_model, status, body)
            if status >= 500 and "json" not in operation_model.service_model.resolved_protocol and not _is_xml(body):
                response_dict["body"] = b""  # the status is enough: botocore retries
        except ValueError as error:
            raise unreadable(f"the response to {operation_model.name} cannot be read: {error}") from None

    def _check(self, operation: OperationModel, status: int, body: bytes) -> None:
        is_json = "json" in operation.service_model.resolved_protocol
        if status >= 300:
            _check_refusal(body, is_json=is_json)
        elif is_json:
            self._check_json(operation, body)
        elif operation.service_model.resolved_protocol == "query":
            self._check_xml(operation, body)
        else:
            _check_harmless(body)  # of S3: what it writes has no body

    def _check_json(self, operation: OperationModel, body: bytes) -> None:
        value = read_bounded_json(body) if body.strip() else {}
        if operation.output_shape is not None:
            check_json(operation.output_shape, value, self._always(operation))
        elif not isinstance(value, dict):
            raise ShapeError("it is not an object")

    def _check_xml(self, operation: OperationModel, body: bytes) -> None:
        root = _root(body)
        if bare(root.tag) != f"{operation.name}Response":
            raise ShapeError(f"its root element is {bare(root.tag)}")
        shape = operation.output_shape
        if shape is None:
            return
        wrapper = shape.serialization.get("resultWrapper")
        results = [each for each in root if bare(each.tag) == wrapper] if wrapper else [root]
        if len(results) != 1:
            raise ShapeError(f"{wrapper} is missing" if not results else f"{wrapper} appears {len(results)} times")
        check_xml(shape, results[0], self._always(operation))

    def _always(self, operation: OperationModel) -> Always:
        """Return the required members, including the one that holds this operation's list."""
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
    """Refuse the body of an error response only if parsing it is dangerous. Its content is reported elsewhere.

    The HTML page of a proxy is not dangerous: its status says whether to retry.
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
        raise ShapeError("it has a document type declaration, which may define entities")
    try:
        return ElementTree.fromstring(body, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314 - no document type
    except ElementTree.ParseError:
        raise ShapeError("it is not valid XML") from None
