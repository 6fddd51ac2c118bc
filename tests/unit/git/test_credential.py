"""Credentials of sources: keys without a passphrase, host keys in their form, and secrets in files alone."""

import shutil
import subprocess
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError
from leastway.git import GitAccess, Password, SshKey, remote_of
from leastway.git.command import GitSetting, git_setting
from leastway.primitives import Secret

HTTPS = remote_of("https://git.example.org/x")
SSH = remote_of("git@git.example.org:x")
needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen here")


def made_key(folder: Path, *options: str, passphrase: str = "") -> str:
    path = folder / "key"
    subprocess.run(["ssh-keygen", "-q", *options, "-N", passphrase, "-f", path], check=True, stdin=subprocess.DEVNULL)
    return path.read_text()


@needs_ssh_keygen
@pytest.mark.parametrize("options", [("-t", "ed25519"), ("-t", "ecdsa"), ("-t", "ecdsa", "-m", "PEM")])
def test_a_key_with_a_passphrase_is_refused_by_name(options: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert SshKey(key=Secret(made_key(tmp_path / "plain", *options).replace("\n", "\r\n"))).content().endswith(b"-\n")
    with pytest.raises(InvalidInputError, match="passphrase"):
        SshKey(key=Secret(made_key(tmp_path, *options, passphrase="open-sesame")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "open-sesame",
        "ssh-ed25519 AAAA",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n!!!\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        SshKey(key=Secret(text))
    assert "open-sesame" not in str(raised.value)


@pytest.mark.parametrize(
    "line", ["", "AAAA", "ssh-ed25519", "ssh-ed25519 AA\n* ssh-rsa BB", "git.example.org ssh-rsa AA"]
)
def test_host_keys_have_a_type_and_a_key(line: str) -> None:
    with pytest.raises(InvalidInputError, match="TYPE KEY"):
        GitAccess(host_keys=(line,))


def test_host_keys_are_for_one_host() -> None:
    access = GitAccess(host_keys=("ssh-ed25519 AAAA", "ecdsa-sha2-nistp256 BBBB= a comment"))
    assert access.known_hosts("h") == b"h ssh-ed25519 AAAA\nh ecdsa-sha2-nistp256 BBBB=\n"


def test_a_password_is_in_a_file_alone() -> None:
    access = GitAccess(credential=Password(user="u", password=Secret("open-sesame")))
    setting = git_setting(HTTPS, access, address="127.0.0.1")
    assert "open-sesame" not in str(setting.environment)
    assert b"open-sesame" in setting.files.values()
    assert "open-sesame" not in repr(access)


def test_a_password_cannot_add_lines() -> None:
    with pytest.raises(InvalidInputError):
        Password(password=Secret("a\nb"))
    with pytest.raises(InvalidInputError):
        Password(user="a\r", password=Secret("b"))


def test_a_credential_of_the_other_transport_is_refused(tmp_path: Path) -> None:
    password = GitAccess(credential=Password(password=Secret("x")), host_keys=("ssh-ed25519 AAAA",))
    with pytest.raises(InvalidInputError, match="by ssh"):
        git_setting(SSH, password, address="127.0.0.1")
    with pytest.raises(InvalidInputError, match="needs an ssh key"):
        git_setting(SSH, GitAccess(), address="127.0.0.1")
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    with pytest.raises(InvalidInputError, match="by https"):
        git_setting(HTTPS, GitAccess(credential=SshKey(key=Secret(key))), address="127.0.0.1")


def test_every_address_is_the_one_that_was_checked() -> None:
    environment = git_setting(HTTPS, GitAccess(), address="2001:db8::1").environment
    assert "git.example.org:443:[2001:db8::1]" in environment.values()


def configuration(setting: GitSetting) -> dict[str, str]:
    found = setting.environment
    count = int(found["GIT_CONFIG_COUNT"])
    return {found[f"GIT_CONFIG_KEY_{each}"]: found[f"GIT_CONFIG_VALUE_{each}"] for each in range(count)}


def test_git_asks_runs_and_follows_nothing_that_a_repository_or_a_machine_names() -> None:
    setting = git_setting(HTTPS, GitAccess(), address="127.0.0.1", authorities="an authority")
    wanted = {
        "protocol.allow": "never",
        "protocol.https.allow": "always",
        "http.followRedirects": "false",
        "http.sslVerify": "true",
        "http.proxy": "",
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
        "credential.helper": "",
        "init.templateDir": "",
    }
    found = configuration(setting)
    assert {name: found.get(name) for name in wanted} == wanted
    assert setting.files[found["http.sslCAInfo"]] == b"an authority"
    assert setting.environment["GIT_ALLOW_PROTOCOL"] == "https"
    assert setting.environment["GIT_ASKPASS"] == "/bin/false"
    assert setting.environment["GIT_CONFIG_NOSYSTEM"] == "1"


def test_ssh_trusts_the_pinned_keys_and_forwards_nothing() -> None:
    key = Secret("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
    access = GitAccess(credential=SshKey(key=key), host_keys=("ssh-ed25519 AAAA",))
    command = git_setting(SSH, access, address="127.0.0.1").environment["GIT_SSH_COMMAND"]
    for option in (
        "BatchMode=yes",
        "ClearAllForwardings=yes",
        "ForwardAgent=no",
        "GlobalKnownHostsFile=/dev/null",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "PasswordAuthentication=no",
        "PermitLocalCommand=no",
        "ProxyCommand=none",
        "StrictHostKeyChecking=yes",
        "UpdateHostKeys=no",
        "HostName=127.0.0.1",
        "HostKeyAlias=git.example.org",
    ):
        assert f" -o {option}" in command
    assert "-F /dev/null" in command
    with pytest.raises(InvalidInputError):
        git_setting(SSH, GitAccess(credential=SshKey(key=key)), address="127.0.0.1")
