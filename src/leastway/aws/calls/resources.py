"""The resources of an action, as far as a request shows them: ARNs filled from its inputs by the catalog's templates.

Rules:
1. What is claimed exactly must be what AWS authorizes on. Where only the form is known, the result is a pattern that
   covers every possibility; where nothing is known, None.
2. An input that is an ARN of one of the action's resource types is that resource.
3. Templates are filled from names for the services in `_REVIEWED` alone; for others, the pattern of the type.
4. An input that is only called `name` is not that of a type whose ARN is given: it is that of what is made.
5. Of two types, one of which uses all inputs of the other and more, only the more specific one is in the request.

Source: Service Authorization Reference, "Resource types defined by" each service.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leastway.aws.calls.call import Call
from leastway.aws.calls.names import plainly_named
from leastway.aws.calls.refusal import RefusalError, RefusalReason
from leastway.policy.catalog import Action, ResourceType, load_catalog
from leastway.primitives import Partition

__all__ = ["ResourcePlace", "is_of", "resources_of"]

Found = tuple[str | None, bool]
"""A resource, and whether it is a pattern."""

_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
_MOST: Final = 200
"""Most resources of one call; more are unknown."""
_SPECIAL: Final = re.compile(r"[*?\x00-\x1f]").search


@dataclass(frozen=True, slots=True)
class ResourcePlace:
    """Where the resources of a call are."""

    partition: Partition
    region: str
    account: str

    def fill(self, template: str) -> str:
        """Return a template with partition, region and account filled in."""
        return (
            template.replace("${Partition}", self.partition.value)
            .replace("${Region}", self.region)
            .replace("${Account}", self.account)
        )


def resources_of(full_name: str, call: Call, place: ResourcePlace) -> list[Found]:
    """Return the resources of the action `full_name` in a call; each is one access."""
    special = _BY_ACTION.get(full_name) or _BY_SERVICE.get(call.service)
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
    found = _arns(call.parameters, types)
    if call.service in _REVIEWED:
        filled = [(each.name, *one) for each in types if (one := _filled(each, call, place)) is not None]
        by_arn = {name for name, _ in found}
        filled = [one for one in filled if one[0] not in by_arn or {each.lower() for each in one[1]} != {"name"}]
        for name, used, arns in filled:
            if not any(used < other for _, other, _ in filled):
                found += [(name, arn) for arn in arns]
    resources = list(dict.fromkeys(arn for _, arn in found))
    is_mixed = any(_is_mixed(value) for value in call.parameters.values())
    if len(resources) > _MOST:
        return [(None, False)]
    if resources:
        shown = {name for name, _ in found}
        is_all = not is_mixed and all(each.name in shown for each in action.resources if each.required)
        return [(arn, False) for arn in resources] + ([] if is_all else [(None, False)])
    if len(types) == 1 and action.resources[0].required:
        return [(_pattern(types[0], call, place), True)]
    return [(None, False)]


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
        if isinstance(each, str) and each.startswith("arn:") and not _SPECIAL(each)
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
        if texts and len(texts) == len(values) and not any(map(_SPECIAL, texts)):
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


_QUEUE_URL: Final = re.compile(r"https?://[^/?#@\s]+/([0-9]{12})/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)").fullmatch


def _of_sqs(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The queue of a QueueUrl, whose path is ACCOUNT/NAME. Errors: RefusalError for another form, which hides both."""
    url = call.parameters.get("QueueUrl")
    if url is None:
        return None
    found = _QUEUE_URL(url) if isinstance(url, str) else None
    if found is None:
        what = "the QueueUrl is not https://HOST/ACCOUNT/NAME, as SQS returns it"
        raise RefusalError(RefusalReason.BODY, what, call.service, call.operation)
    return [(f"arn:{place.partition}:sqs:{place.region}:{found[1]}:{found[2]}", False)]


_FUNCTION: Final = re.compile(
    r"(?:(?:[a-z]{2}(?:-[a-z]+)+-[0-9]:)?([0-9]{12}):)?(?:function:)?([A-Za-z0-9-_]+)(:(?:\$LATEST|[A-Za-z0-9-_]+))?"
).fullmatch
"""Source: AWS Lambda API Reference, the pattern of FunctionName without what makes it an ARN."""


def _of_lambda(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """A function by name, partial ARN or ARN, with or without a qualifier."""
    name = call.parameters.get("FunctionName")
    if not isinstance(name, str) or _SPECIAL(name):
        return None
    partial, qualifier = _FUNCTION(name), call.parameters.get("Qualifier")
    if name.startswith("arn:"):
        arn = name
    elif partial is not None:
        arn = f"arn:{place.partition}:lambda:{place.region}:{partial[1] or place.account}:function:{partial[2]}"
        qualifier = qualifier or partial[3]
    else:
        return [(None, False)]
    return [(f"{arn}*", True)] if qualifier else [(arn, False)]


def _of_iam(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """Users, roles, groups, policies and instance profiles: the ARN has the path, which a name does not tell."""
    inputs = call.parameters
    for kind in ("Role", "User", "Group", "InstanceProfile", "Policy"):
        name = inputs.get(f"{kind}Name")
        type_name = "instance-profile" if kind == "InstanceProfile" else kind.lower()
        action = load_catalog().find_action(full_name)
        types = {each.name for each in action.resources} if action else set()
        if not isinstance(name, str) or type_name not in types or _SPECIAL(name):
            continue
        arn = f"arn:{place.partition}:iam::{place.account}:{type_name}"
        if full_name.partition(":")[2] == f"Create{kind}":
            return [(f"{arn}{inputs.get('Path') or '/'}{name}", False)]
        return [(f"{arn}/*{name}", True)]
    return None


def _of_kms(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """A key by its id or ARN; an alias hides the key, on which the access is."""
    key = call.parameters.get("KeyId") or call.parameters.get("TargetKeyId")
    keys = f"arn:{place.partition}:kms:{place.region}:*:key/*"
    if full_name.endswith(("Alias", "ReEncryptFrom", "ReEncryptTo")) or not isinstance(key, str) or _SPECIAL(key):
        return [(None, False)] if full_name.endswith(("Alias", "ReEncryptFrom", "ReEncryptTo")) else None
    if re.fullmatch(r"(?:mrk-)?[0-9a-f-]{32,36}", key):
        return [(f"arn:{place.partition}:kms:{place.region}:{place.account}:key/{key}", False)]
    if re.fullmatch(r"arn:[^:]*:kms:[^:]*:[0-9]{12}:key/.+", key):
        return [(key, False)]
    return [(keys, True)]


def _of_secrets(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """A secret by name: its ARN ends in six random characters."""
    name = call.parameters.get("SecretId") or call.parameters.get("Name")
    if not isinstance(name, str) or _SPECIAL(name):
        return None
    if name.startswith("arn:"):
        return [(f"{name}*", True)]  # an ARN without its last six characters is accepted too
    return [(f"arn:{place.partition}:secretsmanager:{place.region}:{place.account}:secret:{name}-??????", True)]


def _of_logs(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """Log groups, by names or ARNs; AWS writes their ARN with a log stream, or `:*`, behind it."""
    action = load_catalog().find_action(full_name)
    types = {each.name for each in action.resources} if action is not None else set()
    inputs = call.parameters
    if "logGroupName" not in inputs and types.isdisjoint({"log-group", "log-stream"}):
        return None
    given = [inputs.get(name) for name in ("logGroupName", "logGroupIdentifier")]
    given += [each for name in ("logGroupNames", "logGroupIdentifiers") for each in inputs.get(name) or ()]
    names = [each for each in given if isinstance(each, str)]
    if not names or len(names) > _MOST or any(map(_SPECIAL, names)):
        return None
    prefix = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:"
    return [(f"{each if each.startswith('arn:') else prefix + each}*", True) for each in dict.fromkeys(names)]


def _of_apigateway(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The path of the request is the resource."""
    path = call.request.path.removeprefix("/v2")
    if "%" in path:
        return [(None, False)]
    return [(f"arn:{place.partition}:apigateway:{place.region}::{path}", False)]


def _of_role(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    role = call.parameters.get("RoleArn")
    return [(role, False)] if isinstance(role, str) and not _SPECIAL(role) else None


def _of_statements(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The tables of a PartiQL statement are not read."""
    return [(None, False)]


def _of_batch(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The tables of a batch are the keys of its requests."""
    tables = call.parameters.get("RequestItems")
    if not isinstance(tables, dict) or not tables or any(map(_SPECIAL, tables)):
        return None
    here = f"arn:{place.partition}:dynamodb:{place.region}:{place.account}:table/"
    return [(name if name.startswith("arn:") else f"{here}{name}", False) for name in tables]


Special = Callable[[str, Call, ResourcePlace], "list[Found] | None"]
_BY_ACTION: Final[Mapping[str, Special]] = {
    "sts:AssumeRole": _of_role,
    "dynamodb:BatchGetItem": _of_batch,
    "dynamodb:BatchWriteItem": _of_batch,
    "dynamodb:PartiQLDelete": _of_statements,
    "dynamodb:PartiQLInsert": _of_statements,
    "dynamodb:PartiQLSelect": _of_statements,
    "dynamodb:PartiQLUpdate": _of_statements,
}
_BY_SERVICE: Final[Mapping[str, Special]] = {
    "apigateway": _of_apigateway,
    "apigatewayv2": _of_apigateway,
    "iam": _of_iam,
    "kms": _of_kms,
    "lambda": _of_lambda,
    "logs": _of_logs,
    "secretsmanager": _of_secrets,
    "sqs": _of_sqs,
}
