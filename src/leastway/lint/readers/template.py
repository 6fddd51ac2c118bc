"""CloudFormation templates in JSON and YAML: all policies of their resources, and all attached policies.

Functions are evaluated as far as the template allows: references to parameters with a default, and `Fn::Sub` and
`Fn::Join` over these. Values that are known only at deployment are opaque (`words.opaque`). If a policy cannot be
checked without such a value (in Action, Effect or the statements themselves), that is a doubt, and so is a Resource
that is a parameter: it could be `*`.

A policy may be JSON text, also within `Fn::Sub`; its findings have the position of that text.

Source: CloudFormation Template Reference, the pages of the resource types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from leastway.lint.exhibit import Attachment
from leastway.lint.readers.intrinsics import Intrinsics
from leastway.lint.readers.reading import FileReading, Parts
from leastway.lint.rule import Inconclusive
from leastway.lint.words import is_opaque, quoted
from leastway.policy.model import PolicyHolder, PolicyKind

if TYPE_CHECKING:
    from leastway.policy.model.text import PolicyText
    from leastway.source import KeyPath

__all__ = ["read", "recognizes"]

_MUST_BE_KNOWN = frozenset({"Effect", "Action", "NotAction", "Version"})
_RESOURCES = frozenset({"Resource", "NotResource"})
_GIVE_IT = "give the value with --parameter NAME=VALUE"

_Place = tuple[tuple[str, ...], PolicyKind, PolicyHolder | None]

_DOCUMENT: Final = ("PolicyDocument",)
_OF_RESOURCE: Final = (_DOCUMENT, PolicyKind.RESOURCE, None)


def _inline(holder: PolicyHolder) -> _Place:
    return ("Policies", "*", "PolicyDocument"), PolicyKind.IDENTITY, holder


_POLICIES: Final[dict[str, tuple[_Place, ...]]] = {
    "AWS::IAM::Role": (
        (("AssumeRolePolicyDocument",), PolicyKind.TRUST, PolicyHolder.TRUST_POLICY),
        _inline(PolicyHolder.INLINE_OF_ROLE),
    ),
    "AWS::IAM::User": (_inline(PolicyHolder.INLINE_OF_USER),),
    "AWS::IAM::Group": (_inline(PolicyHolder.INLINE_OF_GROUP),),
    "AWS::IAM::ManagedPolicy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.MANAGED_POLICY),),
    "AWS::IAM::Policy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_ROLE),),
    "AWS::IAM::RolePolicy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_ROLE),),
    "AWS::IAM::UserPolicy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_USER),),
    "AWS::IAM::GroupPolicy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_GROUP),),
    "AWS::S3::BucketPolicy": (_OF_RESOURCE,),
    "AWS::SQS::QueuePolicy": (_OF_RESOURCE,),
    "AWS::SNS::TopicPolicy": (_OF_RESOURCE,),
    "AWS::KMS::Key": ((("KeyPolicy",), PolicyKind.RESOURCE, None),),
    "AWS::SecretsManager::ResourcePolicy": ((("ResourcePolicy",), PolicyKind.RESOURCE, None),),
    "AWS::ECR::Repository": ((("RepositoryPolicyText",), PolicyKind.RESOURCE, None),),
    "AWS::ECR::PublicRepository": ((("RepositoryPolicyText",), PolicyKind.RESOURCE, None),),
    "AWS::EFS::FileSystem": ((("FileSystemPolicy",), PolicyKind.RESOURCE, None),),
    "AWS::Logs::ResourcePolicy": (_OF_RESOURCE,),
    "AWS::OpenSearchService::Domain": ((("AccessPolicies",), PolicyKind.RESOURCE, None),),
    "AWS::SSO::PermissionSet": ((("InlinePolicy",), PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_ROLE),),
}
"""By resource type: the path in its properties (`*` for each list element), the kind of policy, and what stores it."""

_ATTACHED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "AWS::IAM::Role": (("ManagedPolicyArns", "*"),),
    "AWS::IAM::User": (("ManagedPolicyArns", "*"),),
    "AWS::IAM::Group": (("ManagedPolicyArns", "*"),),
    "AWS::EKS::AccessEntry": (("AccessPolicies", "*", "PolicyArn"),),
}
"""By resource type: the paths of the ARNs of attached policies. A boundary grants nothing, so it is not included."""


def recognizes(tree: object) -> bool:
    """Whether the value is a template: resources with a type."""
    resources = tree.get("Resources") if isinstance(tree, Mapping) else None
    if not isinstance(resources, Mapping):
        return False
    return any(isinstance(item, Mapping) and isinstance(item.get("Type"), str) for item in resources.values())


def read(tree: object, source: PolicyText, parameters: Mapping[str, str]) -> FileReading:
    """Read the template; `parameters` override its defaults."""
    parts = Parts(source)
    intrinsics = Intrinsics.of(tree, parameters)
    resources = tree.get("Resources") if isinstance(tree, Mapping) else None
    for name, resource in resources.items() if isinstance(resources, Mapping) else ():
        if isinstance(resource, Mapping):
            _read_resource(parts, intrinsics, resource, ("Resources", name, "Properties"))
    return parts.reading()


def _read_resource(parts: Parts, intrinsics: Intrinsics, resource: Mapping[str, object], path: KeyPath) -> None:
    properties = intrinsics.resolve(resource.get("Properties"))
    kind = str(resource.get("Type"))
    for place, policy_kind, holder in _POLICIES.get(kind, ()):
        for at, value in _follow(properties, path, place):
            policy = value if isinstance(value, str) and intrinsics.is_alone(value) else parts.tree(value, at)
            if policy is None and value is not None:
                continue
            doubt = _doubt(policy, at, intrinsics)
            parts.doubts.extend([doubt] if doubt else _open_resources(policy, at, intrinsics))
            if doubt is None:
                parts.policy(_with_arns(policy), at, policy_kind, holder)
    for place in _ATTACHED.get(kind, ()):
        for at, arn in _follow(properties, path, place):
            if isinstance(arn, str) and not intrinsics.is_open(arn):
                parts.attachments.append(Attachment(arn, at))
            else:
                parts.doubts.append(Inconclusive(at, "the attached policy is not known before deployment", _GIVE_IT))


def _follow(value: object, path: KeyPath, place: tuple[str, ...]) -> Iterator[tuple[KeyPath, object]]:
    """Yield the values at `place`, where `*` is each element of a list."""
    if not place:
        yield path, value
    elif place[0] == "*":
        for index, item in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
            yield from _follow(item, (*path, index) if isinstance(value, list) else path, place[1:])
    elif isinstance(value, Mapping) and place[0] in value:
        yield from _follow(value[place[0]], (*path, place[0]), place[1:])
    elif isinstance(value, str) and is_opaque(value):
        yield path, value


def _doubt(policy: object, path: KeyPath, intrinsics: Intrinsics) -> Inconclusive | None:
    """Return why the policy cannot be checked at all, None if it can."""
    for at, key, text in _texts(policy, path, None):
        is_structure = key is None or key in ("Statement", "PolicyDocument") or key in _MUST_BE_KNOWN
        if is_structure and is_opaque(text):
            what = f"{key or 'the policy'} depends on {quoted(text)}, which is not known before deployment"
            return Inconclusive(at, what, _GIVE_IT if intrinsics.is_open(text) else "lint the deployed policy")
    return None


def _open_resources(policy: object, path: KeyPath, intrinsics: Intrinsics) -> Iterator[Inconclusive]:
    for at, key, text in _texts(policy, path, None):
        if key in _RESOURCES and intrinsics.is_open(text):
            yield Inconclusive(at, f"{key} is {quoted(text)}, which is not known before deployment", _GIVE_IT)


def _texts(value: object, path: KeyPath, key: str | None) -> Iterator[tuple[KeyPath, str | None, str]]:
    """Yield each text of a policy with the element it belongs to, without conditions and principals."""
    if isinstance(value, str):
        yield path, key, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index), key)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name not in ("Condition", "Principal", "NotPrincipal"):
                yield from _texts(item, (*path, name), name)


def _with_arns(value: object, key: str | None = None) -> object:
    """Return the policy with the start of an ARN prepended to each resource that begins with an unknown value."""
    if isinstance(value, str):
        return f"arn:aws:\ue000\ue001:::{value}" if key in _RESOURCES and value.startswith("\ue000") else value
    if isinstance(value, list):
        return [_with_arns(item, key) for item in value]
    if isinstance(value, Mapping):
        return {name: _with_arns(item, name) for name, item in value.items()}
    return value
