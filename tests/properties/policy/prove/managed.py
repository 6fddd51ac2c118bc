"""The AWS managed policies that moto ships, and requests built from the content of policies."""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.catalog import load_catalog
from leastway.policy.model import Document, Statement
from leastway.policy.wildcards import Globs, tokens_of
from tests.properties.policy.prove.worlds import ACCOUNT

__all__ = ["CATALOG", "action_of", "filled", "managed_policies", "resources_of", "some_tests", "value_of", "written"]

CATALOG = load_catalog()


@cache
def written() -> dict[str, dict[str, Any]]:
    """Return the document of each policy by its name, as JSON values."""
    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return {name: policy["Document"] for name, policy in policies.items()}


@cache
def managed_policies() -> dict[str, Document]:
    """Return each parsed policy by its name."""
    return {name: parse_policy(text, kind=PolicyKind.IDENTITY) for name, text in written().items()}


def action_of(statement: Statement, random: Random) -> str:
    """Return an action of the statement that the catalog has."""
    pattern = random.choice(list(statement.actions or ("s3:Get*", "ec2:*", "iam:*")))
    service, _, name = pattern.lower().partition(":")
    known = list(CATALOG.actions(service if service != "*" else "s3"))
    matches = Globs.compile([tokens_of(name or "*")]).matcher()
    found = [action.full_name for action in known if matches(action.name.lower())]
    return random.choice(found or ["s3:GetObject"])


def some_tests(documents: tuple[Document, ...], random: Random) -> list[Any]:
    """Return up to four of the conditions of the documents."""
    tests = [test for document in documents for statement in document.statements for test in statement.tests()]
    return random.sample(tests, min(len(tests), random.randint(0, 4)))


def resources_of(documents: tuple[Document, ...], action: str) -> list[str]:
    """Return patterns of resources: those in the documents, and those in the catalog for the action."""
    texts = [text for document in documents for item in document.statements for text in item.resources or ()]
    known = CATALOG.find_action(action)
    shapes = [found.arn_glob for found in CATALOG.resource_types(known)] if known else []
    return [*texts, *shapes, "*"]


def value_of(values: Any, random: Random) -> str:
    """Return a value of a condition, or another value."""
    return filled(random.choice([*values, "x"]), random)


def filled(text: str, random: Random) -> str:
    """Return `text` with its wildcards filled in; sometimes unchanged."""
    if random.random() < 0.1:
        return text
    pieces = text.replace("${aws:PrincipalAccount}", ACCOUNT).replace("?", "q").split("*")
    return "".join(piece + random.choice(("a", "eu-central-1", ACCOUNT, "x/y")) for piece in pieces[:-1]) + pieces[-1]
