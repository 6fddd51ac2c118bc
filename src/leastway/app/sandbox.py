"""Practice: an embedded AWS and Kubernetes that stay up, and the environment with which ordinary commands use them.

- Everything is written to the sandbox's own folder (credentials, kubeconfig, leastway's state, a copy of an example),
  which is removed when the sandbox ends, even if this process is killed. Only a state folder that a person named stays.
- Nothing real can be reached from that environment: it replaces the machine's AWS profiles, stores and kubeconfigs.
- Each kind of access in the grant works as on AWS. The ambient credentials are those of `admin` in one account;
  that user may assume a role that the grant names; a named profile has the key of its account's user `admin`.

- With the platform's server, that one signs as the platform's principal and pretends to call from one of its addresses.
  Everything else comes from 127.0.0.1, which is not an address of the platform; so practice does not replace the
  rehearsal.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from leastway.app.embedded import check_size, embedded_environment, engineer_doors, example_grant
from leastway.app.settings import Settings
from leastway.app.wiring import opened
from leastway.compiler import cluster_places
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import ClusterFacts, Unreadable
from leastway.grant import Ambient, AwsProfile, Grant, Profile, load_grant
from leastway.primitives import Secret
from leastway.sandbox import Sandbox, Seeded, SeededKey
from leastway.sandbox.assets import find_assets
from leastway.sandbox.grant_scenario import ambient_account, practice_of

__all__ = ["PLATFORM_PROFILE", "SMALL_KUBERNETES", "Practice", "StartServer", "practice"]

PLATFORM_PROFILE = "platform"
"""The AWS profile that is the platform's own principal."""
SMALL_KUBERNETES = "leastway's small API server"
"""The API server of the clusters if no real kube-apiserver is available."""

_STRAY = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "HUMANITEC_API_PREFIX",
    "HUMANITEC_ORG",
    "HUMANITEC_TOKEN",
    "HUMANITEC_URL",
    "LEASTWAY_DATABASE",
    "LEASTWAY_TOKEN",
    "LEASTWAY_TOKEN_FILE",
    "LEASTWAY_URL",
)
"""Variables that would redirect the commands if the shell had them set."""
_OURS = ("AWS_", "HUMANITEC_", "LEASTWAY_")
"""Beginnings of the names of all variables that lead to an account, a platform or a store."""
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_ORGANIZATION = "practice"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_LOOPBACK = "127.0.0.1"


class StartServer(Protocol):
    """Starts the platform's server in this process."""

    def __call__(
        self, folder: Path, platform: Profile, address: str | None, region: str, organization: str
    ) -> AbstractContextManager[tuple[str, Secret]]:
        """Serve for the block, with data in `folder` and calls from `address`; give the URL and the owner's token."""
        ...


@dataclass(frozen=True, slots=True)
class Practice:
    """A running sandbox."""

    grant: Path
    """The grant to practise with, absolute; of an example, a copy that may be edited."""
    variables: Mapping[str, str]
    """What to set in the environment; the keys work only in the sandbox."""
    unset: tuple[str, ...]
    """What must not be set in the environment, in alphabetical order."""
    kubernetes: str
    """The API server of the clusters, such as `kube-apiserver v1.35.4`; empty if the grant has no clusters."""
    contexts: tuple[str, ...]
    """The contexts of the kubeconfig, one for each cluster of the grant; none with the small API server."""
    account: str
    """The account of the ambient credentials."""
    others: tuple[str, ...]
    """Accounts that the grant enters with the ambient credentials too, which lead to `account` only."""
    profiles: tuple[str, ...]
    """The AWS profiles: one for each account, by its id, those that the grant names, and the platform's."""
    server: str
    """The URL of the platform's server; empty without one."""
    script: Path
    """A file with the lines of `shell`."""
    sandbox: Sandbox

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a child process in the sandbox, based on `base`."""
        kept = {name: value for name, value in base.items() if name not in self.unset}
        return {**kept, **self.variables}

    def shell(self) -> str:
        """Return the lines that a POSIX shell evaluates."""
        exports = (f"export {name}={shlex.quote(value)}\n" for name, value in self.variables.items())
        return f"unset {' '.join(self.unset)}\n" + "".join(exports)


@contextmanager
def practice(
    grant: Path | None, example: str | None = None, state: Path | None = None, start: StartServer | None = None
) -> Iterator[Practice]:
    """Start a sandbox that is seeded for `grant` or an `example`, and stop it when the block ends.

    Without both: grant.yaml in this folder, else the example `seed`. leastway's state goes to the folder `state`, or
    to one that is removed at the end; with `start`, the platform's server runs too. LeastwayError when the embedded AWS
    or the server cannot start, and when the grant has more clusters than there may be real ones; InvalidInputError for
    the state folder of real accounts, and for a server of a platform without a principal on AWS.
    """
    if state is not None and state.resolve() == Settings.from_environment().state.resolve():
        raise InvalidInputError(
            "this folder holds the state of your real accounts", where=str(state), fix="name another with --state"
        )
    with example_grant(grant, example) as path:
        read = load_grant(path)
        check_size(read)
        if start is not None and read.platform.principal is None:
            raise InvalidInputError(
                f"{read.platform.name} comes in with tokens of its own, so its server cannot be practised",
                where=str(path),
                fix="leave --platform out",
            )
        with Sandbox() as sandbox, ExitStack() as stack:
            seeded = sandbox.control.seed(practice_of(read))
            is_bundled = path not in (grant, Path("grant.yaml"))
            ready = _practice(sandbox, read, seeded, _copied(path, sandbox.folder) if is_bundled else path, state)
            if start is not None:
                ready = stack.enter_context(_with_server(ready, read, start))
            ready.script.touch(mode=0o600)
            ready.script.write_text(ready.shell())
            yield ready


@contextmanager
def _with_server(ready: Practice, grant: Grant, start: StartServer) -> Iterator[Practice]:
    """Run the platform's server, signed in as the platform's principal."""
    folder, platform = ready.sandbox.folder, grant.platform
    own = {name: value for name, value in ready.variables.items() if name not in _KEYS}
    address = platform.addresses[0].partition("/")[0] if platform.addresses else None
    with (
        embedded_environment({**own, "AWS_PROFILE": PLATFORM_PROFILE}),
        start(folder / "server", platform, address, grant.accounts[0].region, _ORGANIZATION) as (url, token),
    ):
        file = folder / "owner-token"
        file.touch(mode=0o600)
        file.write_text(token.reveal())
        variables = {**ready.variables, "LEASTWAY_URL": url, "LEASTWAY_TOKEN_FILE": str(file)}
        unset = tuple(name for name in ready.unset if name not in variables)
        yield replace(ready, variables=variables, unset=unset, server=url)


def _copied(path: Path, folder: Path) -> Path:
    copy = folder / path.parent.name
    shutil.copytree(path.parent, copy)
    return copy / path.name


def _practice(sandbox: Sandbox, grant: Grant, seeded: Seeded, path: Path, state: Path | None) -> Practice:
    home = ambient_account(grant)
    profiles = _profiles(grant, seeded)
    variables = sandbox.environment(seeded.admins[home.id], region=home.region)
    Path(variables["AWS_CONFIG_FILE"]).write_text(
        "".join(f"[profile {shlex.quote(name)}]\n{lines}\n" for name, lines in profiles.items())
    )
    kept = (state or sandbox.folder / "state").absolute()
    settings = Settings(kept, kept / "leastway.db")
    with embedded_environment(variables):
        facts = _clusters(path, settings, grant, seeded)
    names = Counter(each.place.cluster for each in facts)
    contexts = {each.place.cluster if names[each.place.cluster] == 1 else str(each.place): each for each in facts}
    kubeconfig = sandbox.folder / "kubeconfig"
    kubeconfig.write_text(json.dumps(_kubeconfig(contexts, variables["AWS_CONFIG_FILE"]), indent=2))
    variables |= {
        "LEASTWAY_STATE": str(settings.state),
        "LEASTWAY_STORE": str(settings.store),
        "LEASTWAY_SANDBOX_GRANT": str(path.absolute()),
        "LEASTWAY_SANDBOX_PID": str(os.getpid()),
        "KUBECONFIG": str(kubeconfig),
        **_no_proxy(os.environ),
    }
    set_here = {name for name in os.environ if name.startswith(_OURS)}
    ambient = (account.id for account in grant.accounts if isinstance(account.access, Ambient))
    return Practice(
        path.absolute(),
        variables,
        tuple(sorted((set_here | set(_STRAY)) - variables.keys())),
        _behind(sandbox, grant, facts),
        tuple(contexts),
        home.id,
        tuple(account for account in ambient if account != home.id),
        tuple(profiles),
        "",
        sandbox.folder / "env.sh",
        sandbox,
    )


def _behind(sandbox: Sandbox, grant: Grant, started: tuple[ClusterFacts, ...]) -> str:
    if started:
        return " and ".join(sandbox.control.kubernetes())
    return SMALL_KUBERNETES if any(account.clusters for account in grant.accounts) else ""


def _profiles(grant: Grant, seeded: Seeded) -> dict[str, str]:
    """Return the lines of each profile by its name; the platform is signed in as its principal."""
    region = grant.accounts[0].region
    profiles = {PLATFORM_PROFILE: _key_lines(region, seeded.platform)}
    if grant.platform.principal is not None and grant.platform.principal.resource_type == "role":
        user = f"{PLATFORM_PROFILE}-user"
        profiles[user] = profiles[PLATFORM_PROFILE]
        profiles[PLATFORM_PROFILE] = (
            f"region = {region}\nrole_arn = {grant.platform.principal}\nsource_profile = {user}\n"
        )
    for account in grant.accounts:
        lines = _key_lines(account.region, seeded.admins[account.id])
        profiles[account.id] = lines
        if isinstance(account.access, AwsProfile):
            profiles[account.access.name] = lines
    return profiles


def _key_lines(region: str, key: SeededKey) -> str:
    return f"region = {region}\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret.reveal()}\n"


def _clusters(path: Path, settings: Settings, grant: Grant, seeded: Seeded) -> tuple[ClusterFacts, ...]:
    """Start the real Kubernetes of each cluster, and return where they are; nothing without real ones."""
    if find_assets() is None:
        return ()
    with opened(path, settings=settings, doors=engineer_doors(grant, seeded)) as open_grant:
        found = open_grant.sites.discover(cluster_places(grant))
    for place, each in found.items():
        if isinstance(each, Unreadable):
            raise LeastwayError(each.reason, where=str(place))
    return tuple(each for each in found.values() if isinstance(each, ClusterFacts))


def _kubeconfig(contexts: Mapping[str, ClusterFacts], config_file: str) -> dict[str, object]:
    """Return a kubeconfig with a context for each cluster, which signs in as the `admin` of its account."""
    clusters, users = [], []
    for name, facts in contexts.items():
        place = facts.place
        server = {"server": facts.endpoint, "certificate-authority-data": facts.certificate_authority}
        clusters.append({"name": name, "cluster": server})
        token = ["eks-token", "--cluster", place.cluster, "--region", place.region, "--profile", place.account]
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": sys.executable,
            "args": ["-P", "-m", "leastway", *token],
            "env": [{"name": "AWS_CONFIG_FILE", "value": config_file}],
            "interactiveMode": "Never",
        }
        users.append({"name": name, "user": {"exec": plugin}})
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": clusters,
        "users": users,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in contexts],
        "current-context": next(iter(contexts), ""),
    }


def _no_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps requests to the sandbox off the proxy of the environment, where it names one."""
    if not any(environment.get(name) or environment.get(name.lower()) for name in _PROXIES):
        return {}
    present = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    value = ",".join(filter(None, (present, _LOOPBACK)))
    return {"NO_PROXY": value, "no_proxy": value}
