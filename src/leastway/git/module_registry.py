"""Modules from a registry: which version, and where it is.

1. `/.well-known/terraform.json` of the host says where its modules are (`modules.v1`).
2. `NAMESPACE/NAME/PROVIDER/versions` lists the versions; the newest one that the constraint allows is taken.
3. `.../VERSION/download` says where that version is: in a Git repository, or in an archive by https.
Every host on the way must be listed; a registry that wants a token is refused. Source: Terraform's documentation,
"Remote Service Discovery", "Module Registry Protocol" and "Module Sources".
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from leastway.errors import LeastwayError
from leastway.git.archive import KINDS, unpack
from leastway.git.digest import tree_digest
from leastway.git.module_versions import newest
from leastway.git.tree import check_tree
from leastway.git.web import Web, WebAnswer, joined

__all__ = ["Located", "ModuleRegistry", "RegistryModule", "registry_module"]

_PART: Final = r"[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62}[0-9A-Za-z])?"
_SOURCE: Final = re.compile(
    rf"(?:(?P<host>[0-9a-z-]+(?:\.[0-9a-z-]+)+(?::\d{{1,5}})?|localhost:\d{{1,5}})/)?"
    rf"(?P<path>{_PART}/{_PART}/[0-9a-z]{{1,64}})(?://(?P<sub>[^?]*))?"
)
_DISCOVERY: Final = "/.well-known/terraform.json"
_SERVICE: Final = "modules.v1"
_GET: Final = "x-terraform-get"
_LARGEST: Final = 8 << 20
_LARGEST_ARCHIVE: Final = 256 << 20


@dataclass(frozen=True, slots=True)
class RegistryModule:
    """A module of a registry as it is written: `host` has its port, `constraint` may be empty, `sub` is a folder."""

    host: str
    path: str
    sub: str
    constraint: str

    @property
    def address(self) -> str:
        """The source as Terraform records it."""
        return f"{self.host}/{self.path}{f'//{self.sub}' if self.sub else ''}"


@dataclass(frozen=True, slots=True)
class Located:
    """A version of a module, and where it is: `location` is what the registry says, absolute."""

    version: str
    location: str


def registry_module(source: str, constraint: str, default_host: str) -> RegistryModule | None:
    """Return the module of a registry that a source names, or None if it has another form."""
    found = _SOURCE.fullmatch(source)
    if found is None:
        return None
    return RegistryModule(found["host"] or default_host, found["path"], (found["sub"] or "").strip("/"), constraint)


class ModuleRegistry:
    """Asks registries. What is asked twice is answered once."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._bases: dict[str, str] = {}
        self._located: dict[tuple[str, str, str], Located] = {}

    def locate(self, module: RegistryModule) -> Located:
        """Return the version of a module and where it is. Errors: LeastwayError."""
        key = (module.host, module.path, module.constraint)
        if key not in self._located:
            base = urljoin(self._base(module.host), f"{module.path}/")
            version = newest(_versions(self._asked(urljoin(base, "versions"))), module.constraint, where=module.address)
            self._located[key] = Located(version, _location(self._asked(urljoin(base, f"{version}/download"))))
        return self._located[key]

    def unpack(self, location: str, to: Path) -> tuple[Path, str]:
        """Put the files of an archive into `to`, which is made; return the folder that is named, and their digest.

        Errors: LeastwayError.
        """
        url, kind, sub, checksum = _archive_of(location)
        received = to.with_name(f"{to.name}.archive")
        try:
            with received.open("wb") as file:
                answer = self._web.get(url, limit=_LARGEST_ARCHIVE, to=file)
            _check_status(answer)
            if checksum is not None and _sha256(received) != checksum:
                raise LeastwayError("the archive has another digest than the registry says", where=url)
            unpack(received, kind, to, limit=_LARGEST_ARCHIVE, where=url)
        finally:
            received.unlink(missing_ok=True)
        check_tree(to, where=url)
        return _folder_in(to, sub, url), tree_digest(to)

    def _base(self, host: str) -> str:
        if host not in self._bases:
            answer = self._asked(f"https://{host}{_DISCOVERY}")
            service = answer.document().get(_SERVICE)
            if not isinstance(service, str):
                raise LeastwayError(f"{host} is not a registry of modules: it has no {_SERVICE}", where=answer.url)
            self._bases[host] = joined(answer.url, service if service.endswith("/") else f"{service}/")
        return self._bases[host]

    def _asked(self, url: str) -> WebAnswer:
        answer = self._web.get(url, limit=_LARGEST)
        _check_status(answer)
        return answer


def _check_status(answer: WebAnswer) -> None:
    if answer.status in (401, 403):
        raise LeastwayError(
            f"the registry answers {answer.status}: it wants a token, which leastway does not send",
            where=answer.url,
            fix="name the module's repository as git::https://HOST/PATH.git?ref=TAG",
        )
    if answer.status not in (200, 204):
        raise LeastwayError(f"the registry answers {answer.status}", where=answer.url, fix="check the module's source")


def _versions(answer: WebAnswer) -> list[str]:
    try:
        (module, *_) = answer.document()["modules"]
        return [str(one["version"]) for one in module["versions"]]
    except (KeyError, TypeError, ValueError) as error:
        raise LeastwayError("the answer has no versions of a module", where=answer.url) from error


def _location(answer: WebAnswer) -> str:
    found = answer.headers.get(_GET) or (answer.document().get("location") if answer.body else None)
    if not isinstance(found, str) or not found:
        raise LeastwayError("the registry does not say where the module is", where=answer.url)
    return joined(answer.url, found) if found.startswith(("/", "./", "../")) else found


def _archive_of(location: str) -> tuple[str, str, str, str | None]:
    """Return the URL of an archive, its kind, the folder in it, and its SHA-256 if the location has one."""
    try:
        parts = urlsplit(location)
    except ValueError as error:
        raise LeastwayError("the registry names an address that cannot be read", where=location) from error
    path, _, sub = parts.path.partition("//")
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    named = parameters.pop("archive", None)
    checksum = parameters.pop("checksum", None)
    kind = named or next((each for each in KINDS if path.endswith(f".{each}")), None)
    if parts.scheme != "https" or kind not in KINDS:
        raise LeastwayError(
            f"a module at {location} is not fetched: it is neither in Git nor an archive ({', '.join(KINDS)}) by https"
        )
    if checksum is not None:
        checksum = checksum.removeprefix("sha256:")
        if re.fullmatch("[0-9a-f]{64}", checksum) is None:
            raise LeastwayError("the checksum of the archive is not a SHA-256", where=location)
    return urlunsplit(("https", parts.netloc, path, urlencode(parameters), "")), kind, sub.strip("/"), checksum


def _folder_in(root: Path, sub: str, where: str) -> Path:
    """Return a folder of an unpacked archive; `*` is the only folder at its place."""
    folder = root
    for part in sub.split("/") if sub else []:
        inner = sorted(each for each in folder.iterdir() if each.is_dir()) if part == "*" else [folder / part]
        if len(inner) != 1 or part == ".." or inner[0].is_symlink() or not inner[0].is_dir():
            raise LeastwayError(f"the archive has no folder {sub}", where=where)
        folder = inner[0]
    return folder


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
