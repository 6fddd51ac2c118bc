"""What counts as given in the inputs of a run, and how its source is reached."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from leastway.errors import InvalidInputError
from leastway.git import Password, SshKey
from leastway.orchestrator.inputs import read_inputs
from leastway.orchestrator.source import access_to
from leastway.primitives import Secret

PEM = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
HTTPS, SSH = "https://git.test/modules.git", "git@git.test:modules.git"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKeyOfTheHostInBase64"


def accessed(url: str, secrets: Mapping[str, str | None], **fields: str | None) -> Password | SshKey | None:
    hidden = {name: None if text is None else Secret(text) for name, text in secrets.items()}
    inputs = read_inputs({"source": {"url": url, **fields}}, {"source": hidden}, role_prefix="humanitec")
    assert inputs.source is not None
    return access_to(inputs.source).credential


def test_of_a_key_and_a_password_the_address_decides() -> None:
    both = {"ssh_key": PEM, "password": "word"}
    assert accessed(HTTPS, both) == Password(password=Secret("word"), user="git")
    assert accessed(SSH, both) == SshKey(key=Secret(PEM))
    assert accessed(HTTPS, {"ssh_key": PEM}) == SshKey(key=Secret(PEM))  # the fetch says that it does not fit
    assert accessed(SSH, {"password": "word"}) == Password(password=Secret("word"), user="git")


@pytest.mark.parametrize("nothing", [None, "", "\n"])
def test_what_is_null_or_empty_counts_as_not_given(nothing: str | None) -> None:
    fields = {"username": None, "path": None, "known_hosts": None}
    assert accessed(HTTPS, {"ssh_key": nothing, "password": nothing}, **fields) is None
    assert accessed(HTTPS, {"ssh_key": nothing, "password": "word"}) == Password(password=Secret("word"), user="git")
    assert accessed(SSH, {"ssh_key": PEM, "password": nothing}, username="") == SshKey(key=Secret(PEM))


def test_what_ssh_keyscan_prints_is_taken_as_it_is() -> None:
    inputs = read_inputs({"source": {"url": SSH, "known_hosts": f"# git.test:22 SSH-2.0-x\ngit.test {HOST_KEY}\n"}}, {})
    assert inputs.source is not None
    assert access_to(inputs.source).host_keys == (HOST_KEY,)
    wrong = read_inputs({"source": {"url": SSH, "known_hosts": "git.test SHA256:abc"}}, {})
    assert wrong.source is not None
    with pytest.raises(InvalidInputError, match="no key of an ssh host"):
        access_to(wrong.source)


def test_a_file_with_a_secret_that_is_null_is_not_given_and_another_than_a_text_is_refused() -> None:
    inputs = read_inputs({"script": "#"}, {"files": {"a.json": Secret("{}"), "b.json": None}})
    assert inputs.secret_files == {"a.json": Secret("{}")}
    with pytest.raises(InvalidInputError, match="not a string") as caught:
        read_inputs({"script": "#"}, {"files": {"a.json": {"b": Secret("c")}}})
    assert caught.value.where == "driver_inputs.secrets.files"
