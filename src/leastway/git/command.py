"""Git's programs with a configuration that nothing of the machine or of the repository changes.

No file of configuration, no hook, no template, no helper, no other protocol, no redirect, no prompt; every received
object is checked. The configuration is in the environment of one process. Sources: git-config(1), git(1),
ssh_config(5).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from leastway.errors import InvalidInputError
from leastway.git.credential import GitAccess, Password, SshKey
from leastway.git.remote import Remote, Transport
from leastway.isolation import TEMPORARY

__all__ = ["GitSetting", "git_setting"]

_SECRETS = f"{TEMPORARY}/leastway-git"
_ASKPASS = f"""#!/bin/sh
case $1 in
Username*) exec cat {_SECRETS}/user ;;
*) exec cat {_SECRETS}/password ;;
esac
"""
_CONFIGURATION = {
    "protocol.allow": "never",
    "http.followRedirects": "false",
    "http.sslVerify": "true",
    "http.proxy": "",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "transfer.fsckObjects": "true",
    "transfer.bundleURI": "false",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "credential.helper": "",
    "init.templateDir": "",
    "init.defaultBranch": "main",
    "advice.detachedHead": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_SSH_OPTIONS = {
    "BatchMode": "yes",
    "CheckHostIP": "no",
    "ClearAllForwardings": "yes",
    "ConnectTimeout": "30",
    "ControlMaster": "no",
    "ForwardAgent": "no",
    "GlobalKnownHostsFile": "/dev/null",
    "IdentitiesOnly": "yes",
    "IdentityAgent": "none",
    "KbdInteractiveAuthentication": "no",
    "LogLevel": "ERROR",
    "PasswordAuthentication": "no",
    "PermitLocalCommand": "no",
    "PreferredAuthentications": "publickey",
    "ProxyCommand": "none",
    "ServerAliveInterval": "15",
    "StrictHostKeyChecking": "yes",
    "UpdateHostKeys": "no",
    "UserKnownHostsFile": f"{_SECRETS}/known_hosts",
}


@dataclass(frozen=True, slots=True)
class GitSetting:
    """The environment of Git's programs, and the files that they read; secrets are in the files alone."""

    environment: Mapping[str, str]
    files: Mapping[str, bytes]


def git_setting(remote: Remote, access: GitAccess, *, address: str, authorities: str | None = None) -> GitSetting:
    """Return what Git needs to reach one repository at one address.

    `authorities` are certificates in PEM that replace those of the machine. Raises InvalidInputError for a credential
    of the other transport, and for an ssh host without keys.
    """
    configuration = dict(_CONFIGURATION) | {f"protocol.{remote.transport}.allow": "always"}
    environment: dict[str, str] = {}
    match remote.transport:
        case Transport.HTTPS:
            files = _https(remote, access)
            within = f"[{address}]" if ":" in address else address
            configuration["http.curloptResolve"] = f"{remote.host}:{remote.port}:{within}"
            if authorities is not None:
                files[f"{_SECRETS}/authorities.pem"] = authorities.encode()
                configuration["http.sslCAInfo"] = f"{_SECRETS}/authorities.pem"
        case Transport.SSH:
            files = _ssh(remote, access)
            options = _SSH_OPTIONS | {"HostName": address, "HostKeyAlias": remote.host}
            words = ["ssh", "-F", "/dev/null", "-i", f"{_SECRETS}/key"]
            words += [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
            environment["GIT_SSH_COMMAND"] = shlex.join(words)
            environment["GIT_SSH_VARIANT"] = "ssh"
    environment |= {
        "GIT_ALLOW_PROTOCOL": str(remote.transport),
        "GIT_ASKPASS": f"{_SECRETS}/askpass" if f"{_SECRETS}/askpass" in files else "/bin/false",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": str(len(configuration)),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
        "SSH_ASKPASS_REQUIRE": "never",
    }
    for index, (name, value) in enumerate(configuration.items()):
        environment |= {f"GIT_CONFIG_KEY_{index}": name, f"GIT_CONFIG_VALUE_{index}": value}
    return GitSetting(environment, files)


def _https(remote: Remote, access: GitAccess) -> dict[str, bytes]:
    if isinstance(access.credential, SshKey):
        raise InvalidInputError("an ssh key cannot be used for a source by https", where=remote.url)
    if access.credential is None:
        return {}
    return {
        f"{_SECRETS}/askpass": _ASKPASS.encode(),
        f"{_SECRETS}/user": access.credential.user.encode(),
        f"{_SECRETS}/password": access.credential.password.reveal().encode(),
    }


def _ssh(remote: Remote, access: GitAccess) -> dict[str, bytes]:
    if isinstance(access.credential, Password):
        raise InvalidInputError(
            "a password cannot be used for a source by ssh", where=remote.url, fix="give an ssh key, or an https URL"
        )
    if access.credential is None:
        raise InvalidInputError("a source by ssh needs an ssh key", where=remote.url)
    if not access.host_keys:
        raise InvalidInputError(
            f"the ssh host {remote.host} has no keys by which it could be known",
            where=remote.url,
            fix="pin them: what `ssh-keyscan HOST` prints, once it is compared with what HOST publishes",
        )
    return {
        f"{_SECRETS}/key": access.credential.content(),
        f"{_SECRETS}/known_hosts": access.known_hosts(remote.host),
    }
