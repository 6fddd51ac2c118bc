"""Evaluate a CloudFormation template for one account, according to the CloudFormation User Guide."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """Reads the short forms of functions as their long ones."""


def _short(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    else:
        assert isinstance(node, yaml.SequenceNode)
        value = loader.construct_sequence(node, deep=True)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short)


def read(text: str) -> Any:
    """Return a template with the long forms of functions."""
    return yaml.load(text, _Loader)


def made(template: Any, account: str, **given: str) -> dict[str, Any]:
    """Return the properties of the resources by logical id, in `account`, with parameters `given` or their defaults."""
    parameters = {name: it["Default"] for name, it in template.get("Parameters", {}).items()} | given
    values = {**parameters, "AWS::AccountId": account}
    resources = template["Resources"]

    def evaluate(value: Any) -> Any:
        match value:
            case {"Ref": "AWS::NoValue"}:
                return None
            case {"Ref": name}:
                return values.get(name, f"arn of {name}")
            case {"Fn::GetAtt": attribute}:
                return f"{attribute}"
            case {"Fn::Sub": parts}:
                return re.sub(r"\$\{([^}]*)\}", lambda it: values[it[1]], parts)
            case {"Fn::Join": ["", parts]}:
                return "".join(map(evaluate, parts))
            case {"Fn::FindInMap": [mapping, first, second]}:
                return template["Mappings"][mapping][evaluate(first)][second]
            case {"Fn::If": [condition, then, otherwise]}:
                left, right = template["Conditions"][condition]["Fn::Not"][0]["Fn::Equals"]
                return evaluate(then if evaluate(left) != right else otherwise)
            case dict():
                return {key: evaluate(item) for key, item in value.items()}
            case list():
                return [result for item in value if (result := evaluate(item)) is not None]
            case _:
                return value

    return {name: evaluate(resource["Properties"]) for name, resource in resources.items()}
