import pytest

from leastway.registry import is_folder, is_https, is_revision, is_ssh


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
