"""The resources of an action, as far as a request shows them: ARNs filled from its inputs by the catalog's templates.

Rules:
1. What is claimed exactly must be what AWS authorizes on. Where only the form is known, the result is a pattern that
   covers every possibility; where nothing is known, None.
2. An input that is an ARN of one of the action's resource types is that resource.
3. Templates are filled from names for the services in `_REVIEWED` alone; for others, the pattern of the type.
4. An input that is only called `name` is not that of a type whose ARN is given: it is that of what is made. CloudFront
   takes either for the same resource, and both are claimed.
5. Of two types, one of which uses all inputs of the other and more, only the more specific one is in the request. Of
   two that use the same inputs it is not known which one is.

Source: Service Authorization Reference, "Resource types defined by" each service.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from leastway.aws.calls.call import Call
from leastway.aws.calls.names import plainly_named
from leastway.aws.calls.places import MOST_RESOURCES, Found, ResourcePlace, has_wildcard
from leastway.aws.calls.special import special_of
from leastway.policy.catalog import Action, ResourceType, load_catalog

__all__ = ["is_of", "resources_of"]

_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")


def resources_of(full_name: str, call: Call, place: ResourcePlace) -> list[Found]:
    """Return the resources of the action `full_name` in a call; each is one access."""
    special = special_of(full_name, call.service)
    found = special(full_name, call, place) if special is not None else None
    if found is not None:
        return found
    action = load_catalog().find_action(full_name)
    if action is None or (action.resources and not (types := load_catalog().resource_types(action))):
        return [(None, False)]
    if not action.resources:
        return [(None, False)]  # `*`, or an ARN that the service constructs: see `Catalog.has_resource_level`
    return _by_types(action, types, plainly_named(call), place)


def _by_types(action: Action, types: Sequence[ResourceType], call: Call, place: ResourcePlace) -> list[Found]:
    found, is_unclear = _arns(call.parameters, types), False
    if call.service in _REVIEWED:
        filled = [(each.name, *one) for each in types if (one := _filled(each, call, place)) is not None]
        by_arn = {name for name, _ in found} if call.service != "cloudfront" else set()
        filled = [one for one in filled if one[0] not in by_arn or {each.lower() for each in one[1]} != {"name"}]
        for name, used, arns in filled:
            if any(used == other and name != one for one, other, _ in filled):
                is_unclear = True
            elif not any(used < other for _, other, _ in filled):
                found += [(name, arn) for arn in arns]
    resources = list(dict.fromkeys(arn for _, arn in found))
    is_mixed = any(_is_mixed(value) for value in call.parameters.values())
    if len(resources) > MOST_RESOURCES:
        return [(None, False)]
    if resources:
        shown = {name for name, _ in found}
        is_all = _is_of_one(call, resources) or all(each.name in shown for each in action.resources if each.required)
        is_all = is_all and not is_mixed and not is_unclear
        return [(arn, False) for arn in resources] + ([] if is_all else [(None, False)])
    if len(types) == 1 and action.resources[0].required:
        return [(_pattern(types[0], call, place), True)]
    return [(None, False)]


def _is_of_one(call: Call, resources: Sequence[str]) -> bool:
    """Whether a call is about the tags of the one resource that it names, of whatever type: a table or a stream."""
    names = [name for name in call.parameters if name.lower() == "resourcearn"]
    return "Tag" in call.operation and [call.parameters[each] for each in names] == list(resources)


def _is_mixed(value: Any) -> bool:
    """Whether a list has ARNs beside names, which are resources as well."""
    texts = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    return len({each.startswith("arn:") for each in texts}) > 1


def _arns(parameters: Mapping[str, Any], types: Sequence[ResourceType]) -> list[tuple[str, str]]:
    """Return the inputs that are ARNs of one of `types`, from the first level and its lists, each with its type."""
    values = [
        each
        for value in parameters.values()
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, str) and each.startswith("arn:") and not has_wildcard(each)
    ]
    found = []
    for each in dict.fromkeys(values):
        matching = [one for one in types if is_of(each, one.arn_glob)]
        if matching:
            found.append((max(matching, key=lambda one: one.literal_length).name, each))
    return found


def is_of(arn: str, glob: str) -> bool:
    """Whether an ARN is of the type with this pattern, in whatever region and account."""
    head, tail = glob.split(":")[:5], ":".join(glob.split(":")[5:])
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != head[2]:
        return False
    return re.fullmatch(".*".join(map(re.escape, tail.split("*"))), parts[5], re.DOTALL) is not None


def _filled(kind: ResourceType, call: Call, place: ResourcePlace) -> tuple[frozenset[str], list[str]] | None:
    """Return the inputs that fill the template of `kind`, and its ARNs; None if a placeholder stays open."""
    template = place.fill(kind.arn)
    used: set[str] = set()
    arns = [template]
    for name in _PLACEHOLDER.findall(template):
        found = _value_of(name, kind, call)
        if found is None:
            return None
        member, values = found
        used.add(member)
        arns = [arn.replace(f"${{{name}}}", value) for arn in arns for value in values]
    return (frozenset(used), arns) if used else None


def _value_of(name: str, kind: ResourceType, call: Call) -> tuple[str, list[str]] | None:
    for member in _members(call.service, name, kind.name, tuple(call.parameters)):
        value = call.parameters[member]
        values = value if isinstance(value, list) else [value]
        texts = [each for each in values if isinstance(each, str) and each and not each.startswith("arn:")]
        if texts and len(texts) == len(values) and not any(map(has_wildcard, texts)):
            change = _CHANGED.get((call.service, name))
            return member, [change(each) for each in texts] if change else texts
    return None


@functools.lru_cache(4096)
def _members(service: str, placeholder: str, kind: str, members: tuple[str, ...]) -> tuple[str, ...]:
    """Return the inputs that a placeholder may stand for: by alias, by name, by name with the type, in plural."""
    plain = _plain(placeholder)
    names = [*map(_plain, _ALIASES.get((service, placeholder), ()))]
    names += [plain, f"{_plain(kind)}{plain}"] if plain in ("id", "name", "arn") else [plain]
    if plain.startswith(_plain(kind)):
        names.append(plain.removeprefix(_plain(kind)))
    by_name = {_plain(each): each for each in members}
    return tuple(
        dict.fromkeys(by_name[each] for name in names for each in (name, f"{name}s") if name and each in by_name)
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _pattern(kind: ResourceType, call: Call, place: ResourcePlace) -> str:
    """Return a pattern for every resource of a type in the place of the call, with what the inputs show."""
    template = place.fill(kind.arn)
    for name in _PLACEHOLDER.findall(template):
        found = _value_of(name, kind, call) if call.service in _REVIEWED else None
        value = found[1][0] if found is not None and len(found[1]) == 1 else "*"
        template = template.replace(f"${{{name}}}", value)
    return template if call.service in _REVIEWED else template.replace(f":{place.account}:", ":*:")


_REVIEWED: Final = frozenset(
    {
        "acm",
        "autoscaling",
        "cloudformation",
        "cloudfront",
        "cloudwatch",
        "codebuild",
        "cognito-idp",
        "dynamodb",
        "ec2",
        "ecr",
        "ecs",
        "efs",
        "eks",
        "events",
        "firehose",
        "kinesis",
        "rds",
        "route53",
        "ssm",
        "sns",
        "sqs",
        "stepfunctions",
    }
)
"""Services whose templates were compared with what their inputs mean."""
_ALIASES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("autoscaling", "GroupFriendlyName"): ("AutoScalingGroupName",),
    ("autoscaling", "LaunchConfigurationName"): ("LaunchConfigurationName",),
    ("codebuild", "ProjectName"): ("name", "projectName"),
    ("cloudformation", "StackName"): ("StackName",),
    ("eks", "ClusterName"): ("clusterName", "name"),
    ("ecs", "ClusterName"): ("clusterName",),
    ("ecr", "RepositoryName"): ("repositoryName",),
    ("efs", "FileSystemId"): ("FileSystemId",),
    ("events", "RuleName"): ("Name", "Rule"),
    ("events", "EventBusName"): ("EventBusName",),
    ("firehose", "DeliveryStreamName"): ("DeliveryStreamName",),
    ("kinesis", "StreamName"): ("StreamName",),
    ("rds", "DbInstanceName"): ("DBInstanceIdentifier",),
    ("rds", "DbClusterInstanceName"): ("DBClusterIdentifier",),
    ("rds", "SubnetGroupName"): ("DBSubnetGroupName",),
    ("rds", "ParameterGroupName"): ("DBParameterGroupName",),
    ("rds", "ClusterParameterGroupName"): ("DBClusterParameterGroupName",),
    ("rds", "SnapshotName"): ("DBSnapshotIdentifier",),
    ("rds", "ClusterSnapshotName"): ("DBClusterSnapshotIdentifier",),
    ("rds", "OptionGroupName"): ("OptionGroupName",),
    ("sns", "TopicName"): ("Name",),
    ("sqs", "QueueName"): ("QueueName",),
    ("ssm", "ParameterNameWithoutLeadingSlash"): ("Name", "Names"),
    ("ssm", "DocumentName"): ("Name",),
    ("stepfunctions", "StateMachineName"): ("name",),
    ("stepfunctions", "ActivityName"): ("name",),
}
_CHANGED: Final[Mapping[tuple[str, str], Callable[[str], str]]] = {
    ("rds", "DbInstanceName"): str.lower,
    ("rds", "DbClusterInstanceName"): str.lower,
    ("rds", "SubnetGroupName"): str.lower,
    ("rds", "ParameterGroupName"): str.lower,
    ("rds", "ClusterParameterGroupName"): str.lower,
    ("rds", "SnapshotName"): str.lower,
    ("rds", "ClusterSnapshotName"): str.lower,
    ("rds", "OptionGroupName"): str.lower,
    ("ssm", "ParameterNameWithoutLeadingSlash"): lambda name: name.lstrip("/"),
}
