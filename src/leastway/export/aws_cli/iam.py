"""The steps of a script for IAM objects: policy, user, role, and the user's first key.

The script reads each object before it creates it. An existing object with the grant's mark is kept unchanged; one
without it stops the script.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from leastway.estate import GRANT_TAG, AccessKey, IdentityProvider, ManagedPolicy, Mark, Role, User, mark_tags
from leastway.export.aws_cli.words import command, comment, document, indented, option, quoted, unless
from leastway.export.exporter import CannotExportError

__all__ = ["access_key", "identity_provider", "managed_policy", "policy_mark", "role", "user"]

_NAMES_OF_FILES = ("file://", "fileb://", "http://", "https://")
"""Prefixes of values that the AWS CLI replaces with the content of a file or, in version 1, of a web page."""


def managed_policy(wanted: ManagedPolicy, grant: str) -> Iterator[str]:
    """Yield the steps that create a customer managed policy."""
    yield comment("The permissions of the user, and its permissions boundary:")
    yield document("policy.json", wanted.document)
    yield _unless_ours(f"policy {wanted.name}", f"get-policy --policy-arn {quoted(wanted.arn)}", "Policy")
    yield from _described(wanted.description)
    yield indented(
        "aws iam create-policy",
        f"{option('--policy-name', wanted.name)} --path {quoted(wanted.path)}",
        *_description(wanted.description),
        '--policy-document "file://$work/policy.json"',
        f"{_tags(grant)} >/dev/null",
    )
    yield indented(f"aws iam wait policy-exists --policy-arn {quoted(wanted.arn)}")
    yield "fi"


def policy_mark(wanted: ManagedPolicy, grant: str) -> Iterator[str]:
    """Yield the steps that mark a policy created by another tool, which cannot tag it."""
    arn = f"--policy-arn {quoted(wanted.arn)}"
    query = f"--query \"Tags[?Key=='{GRANT_TAG}'].Value | [0]\""
    yield unless("exists", f"mark of policy {wanted.name}", f"aws iam list-policy-tags {arn}", query)
    yield indented(f"aws iam tag-policy {arn} {_tags(grant)}")
    yield "fi"


def user(wanted: User, grant: str) -> Iterator[str]:
    """Yield the steps that create a user with its permissions boundary, and attach its policies."""
    if wanted.inline:
        raise CannotExportError("the user has inline policies", where=str(wanted.address))
    name = option("--user-name", wanted.name)
    yield _unless_ours(f"user {wanted.name}", f"get-user {name}", "User")
    boundary = [f"--permissions-boundary {quoted(wanted.boundary)}"] if wanted.boundary else []
    tags = _tags(grant, wanted.tags)
    yield indented(f"retry aws iam create-user {name} --path {quoted(wanted.path)}", *boundary, tags)
    yield indented(f"aws iam wait user-exists {name}")
    yield "fi"
    for arn in sorted(wanted.policies):
        yield command("retry aws iam attach-user-policy", name, f"--policy-arn {quoted(arn)}")


def identity_provider(wanted: IdentityProvider, grant: str) -> Iterator[str]:
    """Yield the steps that create an identity provider, unless the account has one, and add its audiences.

    All roles of the account share it, so an existing one needs no mark.
    """
    arn = f"--open-id-connect-provider-arn {quoted(wanted.arn)}"
    yield comment(f"That IAM accepts tokens of {wanted.host}. The roles below say which ones:")
    call = f"aws iam get-open-id-connect-provider {arn}"
    yield unless("exists", f"identity provider {wanted.host}", call, "--query Url")
    audiences = " ".join(quoted(audience) for audience in sorted(wanted.audiences))
    yield indented(
        "aws iam create-open-id-connect-provider",
        f"--url {quoted(wanted.url)} --client-id-list {audiences}",
        f"{_tags(grant)} >/dev/null",
    )
    yield "fi"
    for audience in sorted(wanted.audiences):
        yield command("aws iam add-client-id-to-open-id-connect-provider", arn, f"--client-id {quoted(audience)}")


def role(wanted: Role, grant: str) -> Iterator[str]:
    """Yield the steps that create a role with its trust policy, and add its inline and managed policies."""
    name = option("--role-name", wanted.name)
    yield comment(f"The role {wanted.name}. Its trust policy:")
    yield document("trust.json", wanted.trust)
    yield _unless_ours(f"role {wanted.name}", f"get-role {name}", "Role")
    yield from _described(wanted.description)
    yield indented(
        f"retry aws iam create-role {name} --path {quoted(wanted.path)}",
        f"--max-session-duration {quoted(str(wanted.max_session))}",
        *_description(wanted.description),
        '--assume-role-policy-document "file://$work/trust.json"',
        *([f"--permissions-boundary {quoted(wanted.boundary)}"] if wanted.boundary else []),
        _tags(grant, wanted.tags),
    )
    yield indented(f"aws iam wait role-exists {name}")
    yield "fi"
    for policy_name, policy in wanted.inline:
        inline = option("--policy-name", policy_name)
        yield comment(f"Its inline policy {policy_name}:")
        yield document("policy.json", policy)
        thing = f"policy {policy_name} of role {wanted.name}"
        yield unless("exists", thing, f"aws iam get-role-policy {name} {inline}", "--query PolicyName")
        yield indented(
            "retry aws iam put-role-policy", f"{name} {inline}", '--policy-document "file://$work/policy.json"'
        )
        yield "fi"
    for arn in sorted(wanted.policies):
        yield command("retry aws iam attach-role-policy", name, f"--policy-arn {quoted(arn)}")


def access_key(wanted: AccessKey) -> Iterator[str]:
    """Yield the steps that create the first key if KEY_FILE is set; its secret is written only to that file."""
    name = option("--user-name", wanted.user)
    yield comment(
        "A long-term secret. It is created only if KEY_FILE names a file that does not exist yet, and written only to"
        " that file, which nobody else can read: KEY_FILE=key.json sh this-script. Give it to the platform, then delete"
        " the file."
    )
    listed = f"aws iam list-access-keys {name} --query 'AccessKeyMetadata[0].AccessKeyId'"
    yield unless("exists", f"access key of {wanted.user}", listed)
    yield (
        '  if [ -n "${KEY_FILE-}" ]; then\n'
        "    set -C # an existing file is not overwritten, and stops the script\n"
        '    : >"$KEY_FILE"\n'
        "    set +C\n"
        f"    aws iam create-access-key {name} --output json \\\n"
        "      --query 'AccessKey.{aws_access_key_id: AccessKeyId, aws_secret_access_key: SecretAccessKey}' \\\n"
        '      >"$KEY_FILE" || {\n'
        '      rm -f -- "$KEY_FILE"\n'
        "      stop 'no key was created'\n"
        "    }\n"
        "  else\n"
        "    say 'open   no key was created: set KEY_FILE to create one'\n"
        "  fi\n"
        "fi"
    )


def _described(description: str) -> Iterator[str]:
    """Yield the step that writes a description to a file, if the AWS CLI would read it as a file name or a URL."""
    if description.startswith(_NAMES_OF_FILES):
        yield f"  printf '%s' {quoted(description)} >\"$work/description\""


def _description(description: str) -> tuple[str, ...]:
    if description.startswith(_NAMES_OF_FILES):
        return ('--description "file://$work/description"',)
    return (option("--description", description),) if description else ()


def _unless_ours(thing: str, call: str, answer: str) -> str:
    query = f"\"{answer}.Tags[?Key=='{GRANT_TAG}'].Value | [0]\""
    return unless("ours", thing, f"aws iam {call}", f"--query {query}")


def _tags(grant: str, others: Iterable[tuple[str, str]] = ()) -> str:
    """Return the option; tags of the grant are JSON, because the AWS CLI splits its short form at some characters."""
    tags = [quoted(f"Key={key},Value={value}") for key, value in mark_tags(Mark(grant)).items()]
    if own := dict(others):
        both = [{"Key": key, "Value": value} for key, value in (*mark_tags(Mark(grant)).items(), *own.items())]
        tags = [quoted(json.dumps(both))]
    return f"--tags {' '.join(tags)}"
