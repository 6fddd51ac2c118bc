"""The inputs of the driver `humanitec/terraform` as a run uses them, and their form in custody.

`runner` in the values has what leastway alone understands; Humanitec's driver ignores it:
`{engine, credentials, reason, approval, plan_role, plan_external_id, keep_backend, credential_operations}`.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import RunCredentials, assumed_roles, is_credentials_file, is_role_within

__all__ = ["FIELDS", "RunInputs", "RunnerOptions", "SourceInputs", "as_secret", "from_secret", "read_inputs"]

_VALUES: Final = "driver_inputs.values"
FIELDS: Final = ("AccessKeyId", "SecretAccessKey", "SessionToken")
_ENGINES: Final = ("tofu", "terraform")
_OPTIONS: Final = {
    "engine",
    "credentials",
    "reason",
    "approval",
    "plan_role",
    "plan_external_id",
    "keep_backend",
    "credential_operations",
}
_INJECTED: Final = (
    "the run gets real temporary credentials, which module code can read and send elsewhere: the definition asks for "
    "injected credentials"
)
_KEYS: Final = (
    "the definition has long-term keys among its secret variables; the module gets surrogates of them, which assume "
    "the roles that the definition names and nothing else. Name a cloud account in driver_account and pass its "
    "credentials by credentials_config instead"
)
_KEY_ID: Final = re.compile(r"AKIA[A-Z0-9]{16}")
_SECRET_KEY: Final = re.compile(r"[A-Za-z0-9/+]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInputs:
    """Where a module comes from: a folder of a Git repository at a revision."""

    url: str
    rev: str = ""
    path: str = ""
    username: str = ""
    password: Secret | None = None
    ssh_key: Secret | None = None
    known_hosts: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerOptions:
    """What the definition says to leastway. `engine` is None for the server's default.

    `plan_role` is assumed while planning, in place of the account's own role. `credential_operations` are operations
    that answer with credentials and are allowed nevertheless, each with its reason.
    """

    engine: str | None = None
    is_injected: bool = False
    reason: str = ""
    needs_approval: bool = False
    plan_role: str | None = None
    plan_external_id: str | None = None
    keep_backend: bool = False
    credential_operations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs:
    """The inputs of one run; variables and files with secrets are apart from those without.

    `credential_variables` and `credential_environment` map a name to a field of the credentials; `credential_file` is
    the name of a file beside the module that has all of them.
    """

    source: SourceInputs | None
    script: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    secret_files: Mapping[str, Secret] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    secret_variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    credential_variables: Mapping[str, str] = field(default_factory=dict)
    credential_environment: Mapping[str, str] = field(default_factory=dict)
    credential_file: str | None = None
    append_logs_to_error: bool = False
    options: RunnerOptions = RunnerOptions()
    named_roles: frozenset[str] = frozenset()

    @property
    def credentials(self) -> RunCredentials:
        """What the module gets as credentials."""
        if self.options.is_injected:
            return RunCredentials.INJECTED
        return RunCredentials.KEYS if self.key_ids else RunCredentials.SURROGATE

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the access keys among the secret variables."""
        texts = [value.reveal() for value in self.secret_variables.values() if isinstance(value, Secret)]
        return tuple(text for text in texts if _KEY_ID.fullmatch(text))

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """What is a secret access key among the secret variables, by its form."""
        texts = [value.reveal() for value in self.secret_variables.values() if isinstance(value, Secret)]
        return tuple(text for text in texts if _SECRET_KEY.fullmatch(text))

    def warnings(self) -> tuple[str, ...]:
        """Return what whoever starts the run should know."""
        about: tuple[str, ...] = ()
        match self.credentials:
            case RunCredentials.INJECTED:
                reason = f" ({self.options.reason})" if self.options.reason else ""
                about = (_INJECTED + reason,)
            case RunCredentials.KEYS:
                about = (_KEYS,)
            case RunCredentials.SURROGATE:
                pass
        return (*about, *itertools.starmap(_listed, sorted(self.options.credential_operations.items())))


def _listed(name: str, reason: str) -> str:
    """Return the warning about an operation that the definition lists with this reason."""
    from leastway.aws.calls import what_is_carried

    service, _, operation = name.partition(":")
    carried = what_is_carried(service, operation)
    if not carried:
        return (
            f"{name} in runner.credential_operations has no effect: it is no operation whose answer is refused. "
            "Write SERVICE:Operation as in the table of the gateway's documentation"
        )
    return f"the run gets the answer of {name}, which has {carried} ({reason})"


def read_inputs(values: Mapping[str, Any], secrets: Mapping[str, Any], *, role_prefix: str = "") -> RunInputs:
    """Read resolved inputs; leaves of `secrets` are `Secret`. Errors: InvalidInputError whose `where` is the field."""
    config = _mapping(values, "credentials_config")
    source = _source(_mapping(values, "source"), _secret_mapping(secrets, "source"))
    script = values.get("script")
    if script is not None and not isinstance(script, str):
        raise _wrong("script", "it is not a string", "write the text of a Terraform file")
    if source is None and not script:
        raise _wrong("source", "there is neither a source nor a script", "give one of them")
    file = config.get("file")
    if file is not None and not is_credentials_file(file):
        raise _wrong("credentials_config.file", "it cannot be the name of the file", "use a name like credentials.json")
    roles = frozenset(str(role) for _, role in assumed_roles(values) if is_role_within(role, role_prefix))
    options = _options(_mapping(values, "runner"))
    return RunInputs(
        source=source,
        script=script,
        files=_texts(values, "files"),
        secret_files=_secret_texts(secrets, "files"),
        variables=_mapping(values, "variables"),
        secret_variables=_secret_mapping(secrets, "variables"),
        credential_variables=_fields(config, "variables"),
        credential_environment=_fields(config, "environment"),
        credential_file=file,
        append_logs_to_error=values.get("append_logs_to_error") is True,
        options=options,
        named_roles=roles,
    )


def as_secret(values: Mapping[str, Any], secrets: Mapping[str, Any]) -> Secret:
    """Return resolved inputs as one secret for custody."""
    return Secret(json.dumps({"values": values, "secrets": _revealed(secrets)}, separators=(",", ":")))


def from_secret(sealed: Secret, *, role_prefix: str = "") -> RunInputs:
    """Return the inputs that `as_secret` was given. Errors: InvalidInputError."""
    opened = json.loads(sealed.reveal())
    return read_inputs(opened["values"], _hidden(opened["secrets"]), role_prefix=role_prefix)


def _source(written: Mapping[str, Any], secret: Mapping[str, Any]) -> SourceInputs | None:
    if not written:
        return None
    texts: dict[str, str] = {}
    for name in ("url", "rev", "path", "username", "known_hosts"):
        text = written.get(name)
        if not isinstance(text, str | None):
            raise _wrong(f"source.{name}", "it is not a string", "write a string")
        texts[name] = text or ""
    # a variable of Terraform that is optional arrives as null or as an empty text
    hidden = {name: secret.get(name) for name in ("password", "ssh_key")}
    given = {name: one for name, one in hidden.items() if isinstance(one, Secret) and one.reveal().strip()}
    return SourceInputs(**texts, password=given.get("password"), ssh_key=given.get("ssh_key"))


def _options(written: Mapping[str, Any]) -> RunnerOptions:
    unknown = sorted(written.keys() - _OPTIONS)
    if unknown:
        raise _wrong(f"runner.{unknown[0]}", "unknown option", f"use {', '.join(sorted(_OPTIONS))}")
    engine, credentials = written.get("engine"), written.get("credentials", "surrogate")
    if engine is not None and engine not in _ENGINES:
        raise _wrong("runner.engine", "unknown program", f"use {' or '.join(_ENGINES)}")
    if credentials not in ("surrogate", "injected"):
        raise _wrong("runner.credentials", "unknown kind of credentials", "use surrogate or injected")
    for name in ("reason", "plan_role", "plan_external_id"):
        if not isinstance(written.get(name, ""), str):
            raise _wrong(f"runner.{name}", "it is not a string", "write a string")
    for name in ("approval", "keep_backend"):
        if not isinstance(written.get(name, False), bool):
            raise _wrong(f"runner.{name}", "it is not a boolean", "write true or false")
    operations = _mapping(written, "credential_operations", "runner.")
    if not all(isinstance(reason, str) and reason.strip() for reason in operations.values()):
        raise _wrong("runner.credential_operations", "an operation has no reason", "write OPERATION: REASON")
    return RunnerOptions(
        engine=engine,
        is_injected=credentials == "injected",
        reason=written.get("reason", ""),
        needs_approval=written.get("approval", False),
        plan_role=written.get("plan_role"),
        plan_external_id=written.get("plan_external_id"),
        keep_backend=written.get("keep_backend", False),
        credential_operations=operations,
    )


def _mapping(values: Mapping[str, Any], name: str, place: str = "") -> Mapping[str, Any]:
    found = values.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise _wrong(place + name, "it is not an object", "write an object")
    return found


def _secret_mapping(secrets: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = secrets.get(name)
    return found if isinstance(found, Mapping) else {}


def _secret_texts(secrets: Mapping[str, Any], name: str) -> Mapping[str, Secret]:
    """Return the texts in `secrets`; one that is null, as an optional variable of Terraform, is not given."""
    found = {file: text for file, text in _secret_mapping(secrets, name).items() if text is not None}
    if not all(isinstance(text, Secret) for text in found.values()):
        what = "the content of a file is not a string"
        raise InvalidInputError(what, where=f"driver_inputs.secrets.{name}", fix="write NAME: TEXT")
    return found


def _texts(values: Mapping[str, Any], name: str) -> Mapping[str, str]:
    found = _mapping(values, name)
    if not all(isinstance(text, str) for text in found.values()):
        raise _wrong(name, "the content of a file is not a string", "write NAME: TEXT")
    return found


def _fields(config: Mapping[str, Any], name: str) -> Mapping[str, str]:
    found = _mapping(config, name, "credentials_config.")
    for given in found.values():
        if given not in FIELDS:
            raise _wrong(f"credentials_config.{name}", "unknown field of credentials", f"use {', '.join(FIELDS)}")
    return found


def _revealed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _revealed(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_revealed(member) for member in value]
    return value.reveal() if isinstance(value, Secret) else value


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _hidden(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_hidden(member) for member in value]
    return Secret(value) if isinstance(value, str) else value


def _wrong(field_: str, what: str, fix: str) -> InvalidInputError:
    return InvalidInputError(what, where=f"{_VALUES}.{field_}", fix=fix)
