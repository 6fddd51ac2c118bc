"""The commands of a run: program, arguments, environment and files for a sandbox. Nothing here runs them.

Every command gets the same environment, made from nothing, so `TF_CLI_ARGS` and other variables of the server never
reach it. Secrets are in files in the sandbox's memory and in the environment, never in arguments. The configuration of
the command line is leastway's own: providers come from the mirror alone, and nothing asks for newer versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.terraform.module_folder import ModuleFolder

__all__ = ["INPUTS_FOLDER", "Commands", "StateAddress", "check_variables"]

INPUTS_FOLDER: Final = "/tmp/leastway"  # noqa: S108 - a folder in the memory of a sandbox of its own
_VALUES: Final = "inputs.tfvars.json"
_CONFIGURATION: Final = "terraform.rc"
_LOCK_TIMEOUT: Final = "30s"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
_RESERVED: Final = re.compile(
    r"TF_(?!VAR_).*|CHECKPOINT_.*|LD_.*|PATH|HOME|TMPDIR|(?:HTTPS?|ALL|NO)_PROXY|AWS_CA_BUNDLE|SSL_CERT_(?:FILE|DIR)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class StateAddress:
    """Where the run reaches leastway's state backend from within its sandbox, such as `http://127.0.0.1:8471/state`."""

    url: str
    user: str
    token: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The commands of one run. `values` are the inputs by variable; their leaves may be `Secret`.

    `inputs` is the folder of `files`. `saved_plan` is a path that the sandbox can write while it plans and read while
    it applies. `extra` is more of the environment: credentials, and how to reach the gateway. `state` is None if the
    module keeps its own backend.
    """

    program: Path
    module: ModuleFolder
    saved_plan: Path
    mirror: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    state: StateAddress | None = None
    extra: Mapping[str, str | Secret] = field(default_factory=dict)
    inputs: str = INPUTS_FOLDER

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files that every command needs, by their path in the sandbox. They hold secrets."""
        return {
            self._values: json.dumps(_revealed(self.values)).encode(),
            self._configuration: _configuration(self.mirror).encode(),
        }

    @property
    def environment(self) -> Mapping[str, str | Secret]:
        """The environment of every command."""
        own: dict[str, str | Secret] = {
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": self._configuration,
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
        }
        if self.state is not None:
            for name in ("ADDRESS", "LOCK_ADDRESS", "UNLOCK_ADDRESS"):
                own[f"TF_HTTP_{name}"] = self.state.url
            own["TF_HTTP_LOCK_METHOD"], own["TF_HTTP_UNLOCK_METHOD"] = "LOCK", "UNLOCK"
            own["TF_HTTP_USERNAME"], own["TF_HTTP_PASSWORD"] = self.state.user, self.state.token
        return {**self.extra, **own}

    def get(self) -> tuple[str, ...]:
        """Fetch the modules that the module calls, where the network is open for that."""
        return self._argv("get")

    def init(self) -> tuple[str, ...]:
        """Initialize. `-reconfigure` ignores a state or backend that the module's repository brings."""
        lock_file = ("-lockfile=readonly",) if self.module.has_lock_file else ()
        return self._argv("init", "-input=false", "-reconfigure", *lock_file)

    def plan(self, *, destroy: bool = False) -> tuple[str, ...]:
        """Plan, and save the plan. Prints JSON lines. Exit codes: 0 nothing to do, 1 failed, 2 changes."""
        mode = ("-destroy",) if destroy else ()
        return self._argv(
            *("plan", "-input=false", "-json", "-detailed-exitcode", f"-lock-timeout={_LOCK_TIMEOUT}"),
            *(*mode, f"-var-file={self._values}", f"-out={self.saved_plan}"),
        )

    def show(self) -> tuple[str, ...]:
        """Print the saved plan as one JSON document, with its secrets."""
        return self._argv("show", "-json", str(self.saved_plan))

    def apply(self) -> tuple[str, ...]:
        """Apply the saved plan. Prints JSON lines.

        OpenTofu compares the values with those of the plan, also the module's own ones; Terraform takes none here.
        """
        values = (f"-var-file={self._values}",) if "tofu" in self.program.name else ()
        return self._argv(
            "apply", "-input=false", "-json", f"-lock-timeout={_LOCK_TIMEOUT}", *values, str(self.saved_plan)
        )

    def output(self) -> tuple[str, ...]:
        """Print the outputs as one JSON document, with their secrets."""
        return self._argv("output", "-json")

    @property
    def _values(self) -> str:
        return f"{self.inputs}/{_VALUES}"

    @property
    def _configuration(self) -> str:
        return f"{self.inputs}/{_CONFIGURATION}"

    def _argv(self, command: str, *arguments: str) -> tuple[str, ...]:
        colour = () if "-json" in arguments else ("-no-color",)
        return (str(self.program), command, *colour, *arguments)


def check_variables(values: Mapping[str, Any], environment: Mapping[str, str | Secret]) -> None:
    """Errors: InvalidInputError for a variable's name that cannot be one, or a variable of the environment that a
    definition must not set.
    """
    for name in values:
        if _VARIABLE.fullmatch(name) is None:
            raise InvalidInputError("it cannot be the name of a variable", where=name, fix="use letters, digits and _")
    for name in environment:
        if _RESERVED.fullmatch(name):
            raise InvalidInputError(
                "a definition cannot set this variable of the environment", where=name, fix="use another name"
            )


def _configuration(mirror: Path | None) -> str:
    """Return the configuration of the command line. Source: "CLI Configuration File" of both documentations."""
    source = "" if mirror is None else f"  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n"
    return f"disable_checkpoint = true\nprovider_installation {{\n{source}}}\n"


def _revealed(value: Any) -> Any:
    match value:
        case Secret():
            return value.reveal()
        case Mapping():
            return {name: _revealed(member) for name, member in value.items()}
        case list() | tuple():
            return [_revealed(member) for member in value]
        case _:
            return value
