import pytest

from leastway.registry import host_keys, is_folder, is_https, is_revision, is_ssh


@pytest.mark.parametrize("url", ["git@git.example.com:modules.git", "ssh://git@git.example.com/modules.git"])
def test_an_ssh_address_is_recognized(url: str) -> None:
    assert is_ssh(url)
    assert not is_https(url)


def test_only_an_https_address_without_credentials_is_accepted() -> None:
    assert is_https("https://git.example.com/modules.git")
    assert not is_https("https://robot:word@git.example.com/modules.git")
    assert not is_https("http://git.example.com/modules.git")


@pytest.mark.parametrize(("path", "stays"), [("modules/s3", True), ("a..b", True), ("../s3", False), ("/s3", False)])
def test_a_folder_must_stay_within_the_repository(path: str, stays: bool) -> None:
    assert is_folder(path) is stays


@pytest.mark.parametrize(
    ("text", "is_one"), [("refs/tags/v1.2.0", True), ("v1", True), ("--upload-pack=x", False), ("a..b", False)]
)
def test_an_option_or_a_range_is_not_a_revision(text: str, is_one: bool) -> None:
    assert is_revision(text) is is_one


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKeyOfTheHostInBase64"


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        (KEY, (KEY,)),
        (f"git.example.com {KEY} a comment", (KEY,)),
        (
            f"# git.example.com:22 SSH-2.0-x\r\n[git.example.com]:2222 {KEY}\r\n\r\n|1|c2FsdA==|aGFzaA== {KEY}\n",
            (KEY, KEY),
        ),
        ("# git.example.com:22 SSH-2.0-x\n", ()),
        ("git.example.com", None),
        (f"@cert-authority *.example.com {KEY}", None),
        (f"{KEY}\nssh-ed25519", None),
    ],
)
def test_keys_of_a_host_are_read_from_what_ssh_keyscan_prints(written: str, keys: tuple[str, ...] | None) -> None:
    assert host_keys(written) == keys
