"""The cluster of runs, from a kubeconfig or from the pod of the server."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
import trustme

from leastway.errors import InvalidInputError, LeastwayError
from leastway.kube.pods import ambient_access, read_kubeconfig
from leastway.primitives import Secret

PEM = trustme.CA().cert_pem.bytes()
CA = base64.b64encode(PEM).decode()
CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [
        {"name": "other", "cluster": {"server": "https://other.example"}},
        {"name": "it", "cluster": {"server": "https://api.example", "certificate-authority-data": CA}},
    ],
    "users": [{"name": "me", "user": {"token": "a-token"}}],
    "contexts": [{"name": "now", "context": {"cluster": "it", "user": "me"}}],
    "current-context": "now",
}


def written(folder: Path, **changes: Any) -> Path:
    config = copy.deepcopy(CONFIG)
    config["clusters"][1]["cluster"] |= changes.pop("cluster", {})
    config["users"][0]["user"] = changes.pop("user", config["users"][0]["user"])
    (folder / "config").write_text(json.dumps(config | changes))
    return folder / "config"


def test_the_current_context_counts(tmp_path: Path) -> None:
    found = read_kubeconfig(written(tmp_path))
    assert (found.endpoint, found.authority, found.token) == ("https://api.example", CA, Secret("a-token"))


def test_files_are_named_from_the_folder_of_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_bytes(PEM)
    cluster = {"certificate-authority-data": None, "certificate-authority": "ca.crt"}
    found = read_kubeconfig(written(tmp_path, cluster=cluster, user={"tokenFile": "token"}))
    assert (found.authority, found.token, found.token_file) == (CA, None, tmp_path / "token")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"user": {"exec": {"command": "aws"}}}, "`exec`"),
        ({"user": {"client-certificate-data": "x"}}, "`client-certificate-data`"),
        ({"user": {}}, "no token"),
        ({"cluster": {"insecure-skip-tls-verify": True}}, "insecure-skip-tls-verify"),
        ({"cluster": {"server": "http://api.example"}}, "https"),
        ({"cluster": {"certificate-authority-data": None}}, "no certificate authority"),
        ({"current-context": "then"}, "no 'then'"),
        ({"current-context": None}, "names no context"),
        ({"clusters": []}, "no 'it'"),
        ({"users": "me"}, "no 'me'"),
    ],
)
def test_what_runs_cannot_use_is_refused_by_name(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as raised:
        read_kubeconfig(written(tmp_path, **changes))
    assert "a-token" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "a: b: c", "---\na: 1\n---\nb: 2\n", "\0"])
def test_what_is_no_kubeconfig_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(InvalidInputError):
        read_kubeconfig(tmp_path / "config")


def test_a_pod_is_in_its_own_cluster(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_bytes(PEM)
    (tmp_path / "token").write_text("first")
    found = ambient_access(tmp_path, {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"})
    assert (found.endpoint, found.authority) == ("https://[fd00::1]:6443", CA)
    assert (found.token, found.token_file) == (None, tmp_path / "token")


def test_elsewhere_there_is_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(LeastwayError, match="no pod with a ServiceAccount"):
        ambient_access(tmp_path, {})
