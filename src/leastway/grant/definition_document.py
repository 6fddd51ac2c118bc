"""A file with a resource definition: what the platform creates with a role of the grant, and with which module.

Its values may contain the platform's placeholders, such as `${context.app.id}`. It contains no credentials: secrets are
asked for where the definition is registered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from leastway.grant.criterion_document import CriterionDocument, criterion_of
from leastway.grant.document import Written
from leastway.grant.problem import without_repetition
from leastway.grant.rules.context_placeholder import check_context_placeholders
from leastway.grant.rules.no_value import check_no_value
from leastway.grant.rules.placeholder import check_placeholders
from leastway.grant.rules.secret import check_secrets
from leastway.grant.source import GrantFile, quote, read_tree
from leastway.grant.structure import read_document
from leastway.grant.values.definition_id import DefinitionId, DefinitionType
from leastway.grant.values.git_source import GitPath, GitRevision, GitUrl, KnownHosts
from leastway.grant.values.refusal import refusal
from leastway.grant.values.variable_name import VariableName
from leastway.registry import (
    NATIVE_DRIVERS,
    TERRAFORM,
    GitCredential,
    GitSource,
    KeyVariables,
    TerraformDefinition,
    is_ssh,
)

if TYPE_CHECKING:
    from leastway.grant.problem import Problem

__all__ = ["DefinitionDocument", "read_definition"]

Name = Annotated[str, Field(min_length=1, max_length=256)]


def _check_driver(text: str) -> str:
    if (service := NATIVE_DRIVERS.get(text)) is not None:
        message = f"the platform's own {service} driver does not work with a grant: it uses the user's keys directly"
        example = f"examples/humanitec has one for {service} (see `leastway explain humanitec`)"
        fix = f"use {TERRAFORM} with a module; {example}"
        raise refusal("native-driver", message, fix)
    if text != TERRAFORM:
        fix = f"remove the field: leastway registers only definitions with {TERRAFORM}"
        raise refusal("definition-driver", f"{quote(text)} is not a driver that works with a role of the grant", fix)
    return text


class SourceDocument(Written):
    """Where the module is stored."""

    url: GitUrl = Field(description="The address of the repository: https://HOST/PATH.git or git@HOST:PATH.git.")
    rev: GitRevision = Field(description="The branch, tag or commit: refs/heads/main, refs/tags/v1.2.0.")
    path: GitPath = Field(default="", description="The folder of the module in the repository; the root by default.")
    username: Name | None = Field(default=None, description="The user name for the repository; git by default.")
    credential: Literal["none", "ssh_key", "password"] = Field(
        default="none",
        description="Which credential a private repository needs. Its value is asked for "
        "where the definition is registered.",
    )
    known_hosts: KnownHosts = Field(
        default="",
        description="The keys of an SSH host, as lines of a known_hosts file. leastway's server fetches from no other.",
    )

    @model_validator(mode="after")
    def _fits(self) -> SourceDocument:
        if self.credential == "password" and is_ssh(self.url):
            raise refusal("git-credential", "a password works only with an https address", "write the https address")
        if self.credential == "ssh_key" and not is_ssh(self.url):
            raise refusal("git-credential", "an SSH key does not work with an https address", "write git@HOST:PATH.git")
        if self.known_hosts and not is_ssh(self.url):
            raise refusal("git-host-keys", "an https address has no keys of an SSH host", "remove known_hosts")
        return self


class KeysDocument(Written):
    """The variables of the module that take long-term keys, and those with which it assumes the role itself."""

    access_key: VariableName = Field(description="The variable for the id of the access key.")
    secret_key: VariableName = Field(description="The variable for the secret access key.")
    role_arn: VariableName = Field(description="The variable for the ARN of the role to assume.")
    session_name: VariableName | None = Field(default=None, description="The variable for the session name.")
    external_id: VariableName | None = Field(default=None, description="The variable for the external id.")


class DefinitionDocument(Written):
    """A resource definition for the platform's Terraform driver."""

    api_version: Literal["leastway.dev/v1alpha1"] = Field(
        alias="apiVersion", description="The version of this format: leastway.dev/v1alpha1."
    )
    kind: Literal["Definition"] = Field(description="The type of this document: Definition.")
    id: DefinitionId = Field(description="The id of the definition, unique in the organization.")
    name: Name | None = Field(default=None, description="Its display name; the id by default.")
    type: DefinitionType = Field(description="The type of the resource, such as s3, sqs or postgres.")
    driver: Annotated[str, AfterValidator(_check_driver)] = Field(
        default=TERRAFORM, description="The driver; only humanitec/terraform is possible."
    )
    source: SourceDocument = Field(description="The repository, revision and folder of the module.")
    variables: dict[VariableName, Any] = Field(
        default={}, description="The variables of the module. Values may contain the platform's placeholders."
    )
    keys: KeysDocument | None = Field(
        default=None,
        description="Only with identity iam-user: the variables of the module that take long-term keys. Without "
        "it, the run gets temporary credentials of the role.",
    )
    criteria: list[CriterionDocument] = Field(default=[], description="When the definition is used.")


def read_definition(source: GrantFile) -> tuple[TerraformDefinition | None, list[Problem]]:
    """Read a resource definition from its file; None with any problem."""
    tree, problems = read_tree(source)
    problems += check_secrets(source)
    if tree is None:
        return None, problems
    problems += [*check_placeholders(tree, variables=True), *check_no_value(tree)]
    document, findings = read_document(tree, DefinitionDocument)
    findings += check_context_placeholders(tree)
    problems = without_repetition(problems, findings)
    if document is None or problems:
        return None, problems
    return _definition(document), []


def _definition(document: DefinitionDocument) -> TerraformDefinition:
    git, keys = document.source, document.keys
    return TerraformDefinition(
        id=document.id,
        name=document.name or document.id,
        type=document.type,
        source=GitSource(
            url=git.url,
            rev=git.rev,
            path=git.path,
            username=git.username or "",
            known_hosts=git.known_hosts,
            credential=GitCredential(git.credential),
        ),
        variables=document.variables,
        criteria=tuple(map(criterion_of, document.criteria)),
        keys=_keys(keys) if keys else None,
    )


def _keys(keys: KeysDocument) -> KeyVariables:
    return KeyVariables(
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        role_arn=keys.role_arn,
        session_name=keys.session_name or "",
        external_id=keys.external_id or "",
    )
