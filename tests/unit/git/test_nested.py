"""The modules that a module names: which are fetched, from where, and how Terraform finds them."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.git import Fetched, GitAccess, InstalledModule, install_modules, nested_modules, tree_digest
from leastway.registry import GitSource

COMMIT = "1" * 40
ACCESS = {"git.example.org": GitAccess(), "github.com": GitAccess()}


def module(folder: Path, **sources: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    blocks = [f'module "{name}" {{\n  source = "{source}"\n}}\n' for name, source in sources.items()]
    (folder / "main.tf").write_text("\n".join(blocks))
    return folder


class Fetches:
    """Makes a module instead of fetching it: by its URL, the sources that it names."""

    def __init__(self, **named: dict[str, str]) -> None:
        self.named = named
        self.asked: list[GitSource] = []

    def __call__(self, source: GitSource, access: GitAccess, to: Path) -> Fetched:
        self.asked.append(source)
        name = source.url.rsplit("/", 1)[-1].removesuffix(".git")
        module(to / source.path, **self.named.get(name, {}))
        return Fetched(COMMIT, tree_digest(to), to, to / source.path)


def records(folder: Path) -> dict[str, tuple[str, str]]:
    written = json.loads((folder / ".terraform" / "modules" / "modules.json").read_text())
    return {each["Key"]: (each["Source"], each["Dir"]) for each in written["Modules"]}


@pytest.mark.parametrize(
    ("source", "address", "git"),
    [
        (
            "git::https://git.example.org/team/net.git?ref=v1",
            "git::https://git.example.org/team/net.git?ref=v1",
            GitSource(url="https://git.example.org/team/net.git", rev="v1"),
        ),
        (
            "git::https://git.example.org/team/net.git//a/b?ref=v1&depth=1",
            "git::https://git.example.org/team/net.git//a/b?ref=v1&depth=1",
            GitSource(url="https://git.example.org/team/net.git", rev="v1", path="a/b"),
        ),
        (
            "git::ssh://git@git.example.org/team/net",
            "git::ssh://git@git.example.org/team/net",
            GitSource(url="ssh://git@git.example.org/team/net", rev=""),
        ),
        (
            "git@git.example.org:team/net.git//sub?ref=main",
            "git::ssh://git@git.example.org/team/net.git//sub?ref=main",
            GitSource(url="ssh://git@git.example.org/team/net.git", rev="main", path="sub"),
        ),
        (
            "github.com/team/net//sub?ref=v2",
            "git::https://github.com/team/net.git//sub?ref=v2",
            GitSource(url="https://github.com/team/net.git", rev="v2", path="sub"),
        ),
        ("./local", "./local", None),
        ("../shared", "../shared", None),
    ],
)
def test_sources_that_are_fetched(tmp_path: Path, source: str, address: str, git: GitSource | None) -> None:
    (found,) = nested_modules(module(tmp_path, net=source))
    assert (found.name, found.address, found.git) == ("net", address, git)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("acme/vpc/aws", "registry.example.org/acme/vpc/aws"),
        ("acme/vpc/aws//modules/net", "registry.example.org/acme/vpc/aws//modules/net"),
        ("modules.example.org:8443/acme/vpc/aws", "modules.example.org:8443/acme/vpc/aws"),
    ],
)
def test_a_module_of_a_registry_is_known_by_its_source(tmp_path: Path, source: str, address: str) -> None:
    (tmp_path / "main.tf").write_text(f'module "net" {{\n  source  = "{source}"\n  version = "~> 1.2"\n}}\n')
    (found,) = nested_modules(tmp_path, "registry.example.org")
    assert (found.address, found.git) == (address, None)
    assert found.registry is not None
    assert found.registry.constraint == "~> 1.2"


@pytest.mark.parametrize(
    "source",
    [
        "terraform-aws-modules/vpc",
        "app.terraform.io/team/vpc/AWS",
        "example.org/a/b/c/d",
        "https://example.org/module.zip",
        "s3::https://s3.amazonaws.com/bucket/module.zip",
        "hg::https://example.org/module",
        "git::http://git.example.org/x",
        "git::file:///srv/x",
        "git::https://user:open-sesame@git.example.org/x",
        "git::https://git.example.org/x?sshkey=abc",
        "git::https://git.example.org/x?ref=v1&archive=zip",
        "git::https://git.example.org/../x",
        "${var.source}",
        "",
        "/etc",
    ],
)
def test_other_sources_are_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(LeastwayError):
        nested_modules(module(tmp_path, net=source))


def test_modules_of_modules_are_installed_where_terraform_looks(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    root = module(tree / "stack", net="git::https://git.example.org/net.git//inner?ref=v1", here="../shared")
    module(tree / "shared", deep="github.com/team/deep")
    fetches = Fetches(net={"own": "./own"})

    def fetch(source: GitSource, access: GitAccess, to: Path) -> Fetched:
        fetched = fetches(source, access, to)
        if source.path == "inner":
            module(fetched.module / "own")
        return replace(fetched, digest=f"digest of {source.url}")

    installed = install_modules(root, tree, ACCESS, fetch)
    assert records(root) == {
        "": ("", "."),
        "here": ("../shared", "../shared"),
        "here.deep": ("git::https://github.com/team/deep.git", ".terraform/modules/here.deep"),
        "net": ("git::https://git.example.org/net.git//inner?ref=v1", ".terraform/modules/net/inner"),
        "net.own": ("./own", ".terraform/modules/net/inner/own"),
    }
    deep, net = sorted(installed, key=lambda each: each.key)
    digest = "digest of https://git.example.org/net.git"
    assert net == InstalledModule("net", "git::https://git.example.org/net.git//inner?ref=v1", COMMIT, digest)
    assert deep.key == "here.deep"


def test_a_branch_that_is_named_twice_is_one_commit(tmp_path: Path) -> None:
    fetches = Fetches()
    source = "git::https://git.example.org/net.git?ref=main"
    install_modules(module(tmp_path / "tree", one=source, two=source), tmp_path / "tree", ACCESS, fetches)
    assert [asked.rev for asked in fetches.asked] == ["main", COMMIT]


def test_a_host_that_is_not_listed_is_refused_and_no_credential_goes_there(tmp_path: Path) -> None:
    fetches = Fetches()
    tree = module(tmp_path / "tree", net="git::https://elsewhere.example.org/net.git")
    with pytest.raises(LeastwayError, match=r"not fetched from elsewhere\.example\.org"):
        install_modules(tree, tree, ACCESS, fetches)
    assert fetches.asked == []


def test_local_modules_stay_in_their_repository(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    for source in ("../outside", "./../../tree/x", "./link"):
        tree = module(tmp_path / "tree", net=source)
        if not (tree / "link").is_symlink():
            (tree / "link").symlink_to(tmp_path / "outside")
        with pytest.raises(LeastwayError, match="leaves its source"):
            install_modules(tree, tree, ACCESS, Fetches())
    inner = module(tmp_path / "other", net="git::https://git.example.org/net.git")
    with pytest.raises(LeastwayError, match="leaves its source"):
        install_modules(inner, inner, ACCESS, Fetches(net={"up": "../../../.."}))


def test_modules_that_name_each_other_end(tmp_path: Path) -> None:
    again = "git::https://git.example.org/again.git"
    tree = module(tmp_path / "tree", again=again)
    with pytest.raises(LeastwayError, match="deep"):
        install_modules(tree, tree, ACCESS, Fetches(again={"again": again}))


def test_a_working_folder_in_the_repository_is_refused(tmp_path: Path) -> None:
    tree = module(tmp_path / "tree")
    (tree / ".terraform").symlink_to("/tmp")
    with pytest.raises(LeastwayError, match=r"contains \.terraform"):
        install_modules(tree, tree, ACCESS, Fetches())


def test_names_that_would_be_paths_and_json_are_refused(tmp_path: Path) -> None:
    folder = module(tmp_path / "a", **{"../../x": "./local"})
    with pytest.raises(LeastwayError, match="name"):
        nested_modules(folder)
    folder = module(tmp_path / "b")
    (folder / "more.tf.json").write_text('{"module": {"x": {"source": "./x"}}}')
    with pytest.raises(LeastwayError, match="JSON"):
        nested_modules(folder)
    (folder / "more.tf.json").write_text('{"output": {}}')
    assert nested_modules(folder) == ()


def test_an_override_counts_last(tmp_path: Path) -> None:
    folder = module(tmp_path / "tree", net="./one")
    (folder / "a_override.tf").write_text('module "net" {\n  source = "./two"\n}\n')
    (folder / "b_override.tf").write_text('module "net" {\n  count = 1\n}\n')
    assert [each.address for each in nested_modules(folder)] == ["./two"]


def test_the_digest_covers_paths_contents_links_and_rights(tmp_path: Path) -> None:
    tree = module(tmp_path / "tree")
    seen = {tree_digest(tree)}
    changes = ("echo x >> main.tf", "mv main.tf other.tf", "chmod +x other.tf", "ln -s other.tf link", "mkdir empty")
    for change in changes:
        subprocess.run(["sh", "-c", change], cwd=tree, check=True)
        seen.add(tree_digest(tree))
    assert len(seen) == len(changes) + 1
