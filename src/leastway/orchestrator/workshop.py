"""Terraform's commands as commands of a run: program, sandbox, files, environment, and where the output goes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastway.errors import InvalidInputError
from leastway.gateway.supervisor import Command
from leastway.isolation import Host, Sandbox
from leastway.lint import Result, Unchecked
from leastway.lint.modules import Given, scan_module
from leastway.orchestrator.attempt import Attempt, Printed
from leastway.orchestrator.inputs import FIELDS, RunInputs
from leastway.orchestrator.log import RunLog
from leastway.orchestrator.preparing import Preparing
from leastway.orchestrator.settings import RunSettings
from leastway.primitives import read_file
from leastway.registry import Run, RunAction, RunPhase
from leastway.terraform import (
    INPUTS_FOLDER,
    OVERRIDE,
    Commands,
    ModuleFolder,
    Program,
    StateAddress,
    check_variables,
    find_program,
)

__all__ = ["PROXY_PORT", "STATE_PORT", "Job", "Workshop", "kept_module", "link_credentials"]

PROXY_PORT: Final = 8470
STATE_PORT: Final = 8471
"""Ports inside every sandbox of a run."""
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CREDENTIALS: Final = "/tmp/leastway-credentials"  # noqa: S108 - in the sandbox's own memory
_MODULE: Final = "module.json"
_SUFFIXES: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")
_MOST_FILES: Final = 500
_LARGEST: Final = 4 << 20
_OF_PLANS: Final = ("show", "apply")
"""Commands that read the saved plan: in a folder, since their sandboxes may be made before the plan."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command, where what it prints goes, and the log."""

    command: Command
    printed: Printed
    log: RunLog


class Workshop:
    """Makes the commands of runs."""

    def __init__(self, host: Host, settings: RunSettings) -> None:
        self.host = host
        self._settings = settings

    def lend(self, file: Path) -> None:
        """Let the user of the sandboxes, and nobody else, read a file."""
        file.chmod(0o440)
        if self.host.user is not None:
            os.chown(file, -1, self.host.user.gid)

    @property
    def tools(self) -> Path | None:
        """The operator's folder with programs and providers."""
        return self._settings.tools

    def program(self, inputs: RunInputs) -> Program:
        """Return the program that a run uses. Errors: LeastwayError."""
        return find_program(self._settings.tools, inputs.options.engine)

    def keep(self, folder: Path, module: ModuleFolder) -> None:
        """Keep what is known about a module in the run's folder, where the sandbox cannot write."""
        kept = {
            "path": module.path.relative_to(folder).as_posix(),
            "own_values": list(module.own_values),
            "has_lock_file": module.has_lock_file,
            "keeps_backend": module.keeps_backend,
        }
        (folder / _MODULE).write_text(json.dumps(kept))

    def job(
        self,
        run: Run,
        current: Attempt,
        preparing: Preparing,
        module: ModuleFolder,
        name: str,
        phase: RunPhase,
        word: str,
    ) -> Job:
        """Return one of Terraform's commands. Errors: LeastwayError if there is no program for it."""
        inputs = preparing.inputs(run)
        program = self.program(inputs)
        folder = current.folder
        is_planning = word == "plan"
        plan = folder / ("plan" if is_planning else "saved") / "tfplan"
        credentials = preparing.credential_values(run, inputs)
        values = {**inputs.variables, **inputs.secret_variables, **credentials}
        check_variables(values, inputs.credential_environment)
        commands = Commands(
            program=program.path,
            module=module,
            saved_plan=plan,
            mirror=self._settings.mirror,
            values=values,
            state=None
            if module.keeps_backend
            else StateAddress(f"http://127.0.0.1:{STATE_PORT}/state", run.id, current.state_token),
        )
        files, with_credentials = dict(commands.files), [f"{INPUTS_FOLDER}/inputs.tfvars.json"]
        if inputs.credential_file is not None and run.account:
            with_credentials.append(f"{_CREDENTIALS}/{inputs.credential_file}")
            files[with_credentials[-1]] = json.dumps({one: f"@{one}@" for one in FIELDS}).encode()
        sandbox = Sandbox(
            command=_argv(commands, word, run),
            folder=module.path,
            environment={**self._ambient(current.parts.terms.regions[0]), **commands.environment},
            read_only=tuple(self._read_only(program, folder / "saved" if word in _OF_PLANS else None)),
            writable=(folder / "module", *([folder / "plan"] if is_planning else [])),
            files=files,
            ports=(PROXY_PORT, STATE_PORT),
        )
        command = Command(
            name=name,
            phase="apply" if word == "apply" else "plan",
            sandbox=sandbox,
            credential_environment=inputs.credential_environment if run.account else {},
            credential_files=tuple(with_credentials),
            is_captured=word in ("show", "output"),
        )
        log = RunLog(current.journal, phase.value, preparing.masker(run))
        return Job(command, log.printed, log)

    def findings(self, path: Path, inputs: RunInputs) -> Iterator[str]:
        """Yield what does not fit in the text of a module, a line for each finding, with files by their path in it."""
        contents: dict[str, bytes] = {}
        for each in sorted(path.rglob("*"))[:_MOST_FILES]:
            if each.name.endswith(_SUFFIXES) and each.name != OVERRIDE and each.is_file() and not each.is_symlink():
                contents[each.relative_to(path).as_posix()] = read_file(each, limit=_LARGEST, pipes=False)
        names = frozenset((*inputs.variables, *inputs.secret_variables, *inputs.credential_variables))
        given = Given(names, bool(inputs.key_ids), "the definition")
        found, _ = scan_module(contents, given)
        for one in found:
            yield self.finding(one)

    def finding(self, result: Result) -> str:
        """Return a finding as a line."""
        line = f":{result.position.line}" if result.position is not None else ""
        where = f"{result.file}{line}: " if result.file else ""
        if isinstance(result, Unchecked):
            return f"not checked: {where}{result.reason}"
        return f"{result.severity.value}: {where}{result.message} ({result.rule})"

    def _ambient(self, region: str) -> Mapping[str, str]:
        """Return what programs in a run find around them; a module's own region wins over this one."""
        tools = self._settings.tools
        path = _PATH if tools is None else f"{tools}:{_PATH}"
        return {"PATH": path, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}

    def _read_only(self, program: Program, saved: Path | None) -> Iterator[Path]:
        tools = self._settings.tools
        if tools is not None:
            yield tools
        if not program.path.is_relative_to("/usr") and (tools is None or not program.path.is_relative_to(tools)):
            yield program.path
        yield from self._settings.paths
        if saved is not None:
            yield saved


def kept_module(folder: Path) -> ModuleFolder | None:
    """Return the module that `Workshop.keep` kept in the folder of a run, or None if it is not there."""
    try:
        kept = json.loads((folder / _MODULE).read_text())
    except (OSError, ValueError):
        return None
    path = folder / kept["path"]
    if not path.is_dir():
        return None
    return ModuleFolder(path, tuple(kept["own_values"]), kept["has_lock_file"], kept["keeps_backend"])


def link_credentials(module: Path, name: str) -> None:
    """Put a link beside a module to the file with credentials, which exists in the memory of sandboxes alone.

    Errors: InvalidInputError if the module has such a file.
    """
    try:
        (module / name).symlink_to(f"{_CREDENTIALS}/{name}")
    except FileExistsError:
        what = "the module has a file with the name of credentials_config.file"
        raise InvalidInputError(what, where=name, fix="rename one of the two") from None


def _argv(commands: Commands, word: str, run: Run) -> tuple[str, ...]:
    match word:
        case "init":
            return commands.init()
        case "plan":
            return commands.plan(destroy=run.action is RunAction.DESTROY)
        case "show":
            return commands.show()
        case "apply":
            return commands.apply()
        case "output":
            return commands.output()
    raise AssertionError(word)
