"""The modules that a module names, fetched before the sandbox of its run closes.

Terraform would fetch them itself, in `init`, from wherever the module says. Instead each source from Git is fetched as
the module was, from hosts that are allowed, and Terraform finds them installed: `.terraform/modules/modules.json` names
the folders, and `init` leaves alone what is there with the same source and version. Local modules stay where they are.
A module of a registry is where that says: in a Git repository or an archive. Other sources (archives that the module
names itself, buckets, Mercurial) are refused by name. Sources: Terraform's documentation, "Module Sources"; its
internal/modsdir and internal/getmodules packages, version 1.5 (MPL-2.0), and what 1.11 was seen to do.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl

from leastway.errors import LeastwayError
from leastway.git.credential import GitAccess
from leastway.git.fetching import Fetched
from leastway.git.module_registry import ModuleRegistry, RegistryModule, registry_module
from leastway.git.remote import remote_of
from leastway.git.tree import folder_within
from leastway.lint.modules import read_module_file
from leastway.primitives import read_file
from leastway.registry import GitSource

__all__ = ["Fetch", "InstalledModule", "NestedModule", "install_modules", "nested_modules"]

Fetch = Callable[[GitSource, GitAccess, Path], Fetched]
"""Puts the files of a source into a folder that does not exist."""

_REGISTRY = "registry.terraform.io"
_WORKING = ".terraform"
_MODULES = f"{_WORKING}/modules"
_LARGEST_FILE = 1 << 20
_MOST = 256
_DEEPEST = 16
_LOCAL = ("./", "../")
_HOSTED = re.compile(
    r"(?P<host>github\.com|bitbucket\.org)/(?P<path>[^/?]+/[^/?]+?)(?:\.git)?(?P<sub>/[^?]*)?(?P<query>\?.*)?"
)
_SHORT_SSH = re.compile(r"(?P<user>[A-Za-z0-9_.-]+)@(?P<host>[A-Za-z0-9.-]+):(?P<path>.+)")
_URL = re.compile(r"(?P<repository>(?:https|ssh)://[^/?]+(?:/[^/?]+)+?)/?(?://(?P<sub>[^?]*))?(?:\?(?P<query>.*))?")
_TEXT = re.compile(r'"([^"\\$%]*)"')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PARAMETERS = {"ref", "depth"}


@dataclass(frozen=True, slots=True)
class NestedModule:
    """A `module` block: its name, its source as Terraform records it, and what to fetch if it is not a local one."""

    name: str
    address: str
    git: GitSource | None
    registry: RegistryModule | None = None


@dataclass(frozen=True, slots=True)
class InstalledModule:
    """A module that was fetched: its path of names, its source, and the digest of its repository's or archive's files.

    `version` is that of a registry, `commit` that of a repository.
    """

    key: str
    address: str
    commit: str | None
    digest: str
    version: str | None = None

    @property
    def words(self) -> str:
        """What it is, in words."""
        version = None if self.version is None else f"version {self.version} of {self.address}"
        commit = None if self.commit is None else f"commit {self.commit}"
        return ", ".join(each for each in (version, commit, self.digest) if each)


def nested_modules(folder: Path, default_registry: str = _REGISTRY) -> tuple[NestedModule, ...]:
    """Return the `module` blocks of a module's files, each name once; override files are read last.

    `default_registry` is the host of modules of a registry that name none. Raises LeastwayError for a file that cannot
    be read and for a source that is not fetched.
    """
    found: dict[str, NestedModule] = {}
    for path in sorted(folder.iterdir(), key=lambda path: (_is_override(path), path.name)):
        if path.name.endswith((".tf.json", ".tofu.json")):
            _check_json(path)
        if path.suffix not in (".tf", ".tofu"):
            continue
        for block in read_module_file(read_file(path, limit=_LARGEST_FILE), path.name).of_type("module"):
            name = block.labels[0] if block.labels else ""
            if _NAME.fullmatch(name) is None:
                raise LeastwayError("a module has no name that Terraform takes", where=path.name)
            if "source" in block.attributes or not _is_override(path):
                found[name] = _nested(name, block.attributes, path.name, default_registry)
    return tuple(found.values())


def _is_override(path: Path) -> bool:
    return path.name.split(".")[0].endswith("override")


def _check_json(path: Path) -> None:
    try:
        content = json.loads(read_file(path, limit=_LARGEST_FILE))
    except (ValueError, RecursionError) as error:
        raise LeastwayError("it is not valid JSON", where=path.name) from error
    if not isinstance(content, dict) or "module" in content:
        raise LeastwayError("modules in Terraform's JSON syntax are not read", where=path.name, fix="write them in HCL")


def _nested(name: str, written: Mapping[str, str], where: str, default_registry: str) -> NestedModule:
    """Read the source of one module. Raises LeastwayError for one that is not fetched."""
    where = f"{where}, module {name}"
    if (source := _plain(written.get("source", ""))) is None:
        raise LeastwayError("the source of a module is not a plain text", where=where)
    if source in (".", "..") or source.startswith(_LOCAL):
        return NestedModule(name, source, None)
    if (git := _git_source(source, where)) is not None:
        return NestedModule(name, f"git::{_git_url(source)}", git)
    if (constraint := _plain(written.get("version", '""'))) is None:
        raise LeastwayError("the version of a module is not a plain text", where=where)
    if (module := registry_module(source, constraint, default_registry)) is None:
        raise LeastwayError(
            f"the source {source} is not fetched: modules come from Git, a registry, or the source's own folders",
            where=where,
            fix="write it as git::https://HOST/PATH.git?ref=TAG, and let the operator list the host",
        )
    return NestedModule(name, module.address, None, module)


def _plain(written: str) -> str | None:
    found = _TEXT.fullmatch(written.strip())
    return None if found is None else found[1]


def _git_source(source: str, where: str) -> GitSource | None:
    """Return what to fetch with Git, None for another source. Raises LeastwayError for one that is not fetched."""
    if (url := _git_url(source)) is None or (found := _URL.fullmatch(url)) is None:
        return None
    parameters = dict(parse_qsl(found["query"] or "", keep_blank_values=True))
    if not parameters.keys() <= _PARAMETERS:
        raise LeastwayError(
            f"the source has a parameter that is not supported: {', '.join(sorted(parameters.keys() - _PARAMETERS))}",
            where=where,
            fix="keep `ref` alone",
        )
    git = GitSource(url=found["repository"], rev=parameters.get("ref", ""), path=(found["sub"] or "").strip("/"))
    remote_of(git.url)
    return git


def _git_url(source: str) -> str | None:
    """Return the URL of a source that Terraform fetches with Git, as it records it, or None."""
    is_marked = source.startswith("git::")
    rest = source.removeprefix("git::")
    if (short := _SHORT_SSH.fullmatch(rest)) is not None and "://" not in rest:
        return f"ssh://{short['user']}@{short['host']}/{short['path'].lstrip('/')}"
    if (hosted := _HOSTED.fullmatch(rest)) is not None and not is_marked:
        sub = f"//{hosted['sub'].strip('/')}" if (hosted["sub"] or "").strip("/") else ""
        return f"https://{hosted['host']}/{hosted['path']}.git{sub}{hosted['query'] or ''}"
    return rest if is_marked and rest.startswith(("https://", "ssh://")) else None


def install_modules(
    module: Path,
    tree: Path,
    access: Mapping[str, GitAccess],
    fetch: Fetch,
    registry: ModuleRegistry | None = None,
    *,
    default_registry: str = _REGISTRY,
) -> tuple[InstalledModule, ...]:
    """Fetch every module that `module` names, also through others, and install them for Terraform.

    `module` is a folder of `tree`, as `fetch` gave them, and both are changed. `access` has the hosts that are allowed,
    each with its own credential: a credential is never sent to another host, nor to a registry. `fetch` is the function
    of that name with its cache, host and rules. Raises LeastwayError for what is not
    fetched; then `tree` is not complete and must not be used.
    """
    if (module / _WORKING).is_symlink() or (module / _WORKING).exists():
        raise LeastwayError(f"the source contains {_WORKING}", where=_WORKING, fix="remove it from the repository")
    installing = _Installing(module, access, fetch, registry, default_registry)
    installing.install("", module, tree, 0)
    if installing.records:
        (module / _MODULES).mkdir(parents=True, exist_ok=True)
        records = [{"Key": "", "Source": "", "Dir": "."}, *installing.records]
        (module / _MODULES / "modules.json").write_text(json.dumps({"Modules": records}))
    return tuple(installing.installed)


@dataclass
class _Installing:
    module: Path
    access: Mapping[str, GitAccess]
    fetch: Fetch
    registry: ModuleRegistry | None
    default_registry: str
    records: list[dict[str, str]] = field(default_factory=list)
    installed: list[InstalledModule] = field(default_factory=list)
    commits: dict[tuple[str, str], str] = field(default_factory=dict)

    def install(self, above: str, folder: Path, tree: Path, depth: int) -> None:
        """Install what the module in `folder`, of the repository `tree`, names."""
        if depth > _DEEPEST or len(self.records) > _MOST:
            raise LeastwayError(f"modules name each other more than {_DEEPEST} deep, or there are more than {_MOST}")
        for each in nested_modules(folder, self.default_registry):
            key = f"{above}.{each.name}" if above else each.name
            inner_tree, version = tree, {}
            if each.git is not None:
                inner_tree, inner = self._fetched(key, each.address, each.git)
            elif each.registry is not None:
                inner_tree, inner, number = self._from_registry(key, each.registry)
                version = {"Version": number}
            else:
                inner = Path(os.path.normpath(folder / each.address))
            if not inner.is_relative_to(inner_tree) or not inner.resolve().is_relative_to(inner_tree.resolve()):
                raise LeastwayError(
                    "a module leaves its source", where=f"module {key}", fix="keep it in the repository"
                )
            if not inner.is_dir():
                raise LeastwayError(f"there is no folder {each.address}", where=f"module {key}")
            place = os.path.relpath(inner, self.module)
            self.records.append({"Key": key, "Source": each.address, **version, "Dir": place})
            self.install(key, inner, inner_tree, depth + 1)

    def _from_registry(self, key: str, module: RegistryModule) -> tuple[Path, Path, str]:
        """Fetch a module from where its registry says it is. Return tree, folder and version."""
        if self.registry is None:
            raise LeastwayError("modules of registries are not fetched here", where=f"module {key}")
        located = self.registry.locate(module)
        source = _git_source(located.location, f"module {key}")
        if source is not None:
            wanted = replace(source, path="/".join(each for each in (source.path, module.sub) if each))
            return *self._fetched(key, module.address, wanted, located.version), located.version
        to = self._place(key)
        root, digest = self.registry.unpack(located.location, to)
        self.installed.append(InstalledModule(key, module.address, None, digest, located.version))
        return to, folder_within(root, module.sub, where=module.address), located.version

    def _fetched(self, key: str, address: str, source: GitSource, version: str | None = None) -> tuple[Path, Path]:
        """Fetch one module; what is named twice by one name of a branch is one commit. Return tree and folder."""
        name = remote_of(source.url).host
        if (access := self.access.get(name)) is None:
            raise LeastwayError(
                f"modules are not fetched from {name}", where=f"module {key}", fix="let the operator list the host"
            )
        known = self.commits.get((source.url, source.rev))
        fetched = self.fetch(replace(source, rev=known or source.rev), access, self._place(key))
        self.commits[source.url, source.rev] = fetched.commit
        self.installed.append(InstalledModule(key, address, fetched.commit, fetched.digest, version))
        return fetched.tree, fetched.module

    def _place(self, key: str) -> Path:
        to = self.module / _MODULES / key
        to.parent.mkdir(parents=True, exist_ok=True)
        return to
