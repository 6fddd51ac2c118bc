"""Agents and public keys: several keys at once, byte for byte, and what is not a key that may be used."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from tests.running_server import RunningServer

KEYS = Path(__file__).parents[2] / "public_keys"
FIRST, SECOND, THIRD = (KEYS.joinpath(f"{name}-rsa-4096.pem").read_text() for name in ("first", "second", "third"))
AGENTS = "/orgs/acme/agents"


def _fingerprint(pem: str) -> str:
    return hashlib.sha256(_der(pem)).hexdigest()


def _der(pem: str) -> bytes:
    command = ["openssl", "pkey", "-pubin", "-outform", "DER"]
    return subprocess.run(command, input=pem.encode(), capture_output=True, check=True).stdout


def test_an_agent_has_several_keys_at_once_and_loses_one_by_fingerprint(running: RunningServer) -> None:
    created = running.request("POST", AGENTS, {"id": "eu-agent", "description": "In Frankfurt", "public_key": FIRST})
    assert created.status == 200
    assert created.json().items() >= {"id": "eu-agent", "description": "In Frankfurt"}.items()
    assert "public_key" not in created.json()
    added = running.request("POST", f"{AGENTS}/eu-agent/keys", {"public_key": SECOND})
    assert added.status == 200
    key = added.json()
    assert key["public_key"] == SECOND
    assert key["public_key"].endswith("\n")
    assert key["fingerprint"] == _fingerprint(SECOND)
    assert key["is_authorized"] is True
    created_at, expired_at = (datetime.fromisoformat(key[name]) for name in ("created_at", "expired_at"))
    assert expired_at.year == created_at.year + 2
    listed = running.request("GET", f"{AGENTS}/eu-agent/keys").json()
    assert [one["fingerprint"] for one in listed] == [_fingerprint(FIRST), _fingerprint(SECOND)]
    assert running.request("DELETE", f"{AGENTS}/eu-agent/keys/{_fingerprint(FIRST)}").status == 204
    assert running.request("DELETE", f"{AGENTS}/eu-agent/keys/{_fingerprint(FIRST)}").status == 404
    assert running.request("GET", f"{AGENTS}/eu-agent/keys").json() == [key]
    described = running.request("PATCH", f"{AGENTS}/eu-agent", {"description": ""})
    assert (described.status, described.json()["description"]) == (200, "")
    assert [one["id"] for one in running.request("GET", AGENTS).json()] == ["eu-agent"]
    assert running.request("DELETE", f"{AGENTS}/eu-agent").status == 204
    assert running.request("DELETE", f"{AGENTS}/eu-agent").status == 404
    assert running.request("GET", f"{AGENTS}/eu-agent/keys").status == 404


def test_a_key_belongs_to_one_agent_and_can_be_used_again_after_it_is_deleted(running: RunningServer) -> None:
    assert running.request("POST", AGENTS, {"id": "one", "public_key": FIRST}).status == 200
    for agent, status in (("two", 409), ("one", 409)):
        assert running.request("POST", AGENTS, {"id": agent, "public_key": FIRST}).status == status
    assert running.request("POST", f"{AGENTS}/one/keys", {"public_key": FIRST}).status == 409
    assert [one["id"] for one in running.request("GET", AGENTS).json()] == ["one"]
    assert running.request("DELETE", f"{AGENTS}/one").status == 204
    assert running.request("POST", AGENTS, {"id": "two", "public_key": FIRST}).status == 200
    assert running.request("DELETE", f"{AGENTS}/two").status == 204


WRONG = {
    "a smaller key": (KEYS.joinpath("rsa-2048.pem").read_text(), "2048 bits"),
    "another algorithm": (KEYS.joinpath("ec-p256.pem").read_text(), "not an RSA key"),
    "another format": (KEYS.joinpath("pkcs1-rsa-4096.pem").read_text(), "PKCS #1"),
    "a private key": ("-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n", "a private key"),
    "two keys": (FIRST + SECOND, "not one public key"),
    "no PEM": ("planted", "not one public key"),
    "broken base64": (FIRST.replace("A", "*"), "not a public key in PEM"),
    "broken DER": ("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n", "not a valid public key"),
    "other characters": (FIRST + "é", "not a public key in PEM"),
    "too long": (FIRST + " " * 8192, "not a public key in PEM"),
    "nothing": ("", "not one public key"),
}


@pytest.mark.parametrize(("pem", "message"), WRONG.values(), ids=WRONG)
def test_what_is_not_an_rsa_key_of_4096_bits_is_refused_without_its_text(
    running: RunningServer, pem: str, message: str
) -> None:
    answer = running.request("POST", AGENTS, {"id": "wrong", "public_key": pem})
    assert answer.status == 400
    assert answer.json()["message"].startswith("public_key: ")
    assert message in answer.json()["message"]
    assert "planted" not in answer.json()["message"]
    assert running.request("POST", "/orgs/acme/keys", pem).status == 400
    assert running.request("GET", AGENTS).json() == []


def test_an_organization_has_public_keys_of_its_own(running: RunningServer) -> None:
    created = running.request("POST", "/orgs/acme/keys", THIRD)
    assert created.status == 200
    key = created.json()
    assert (key["key"], key["fingerprint"]) == (THIRD, _fingerprint(THIRD))
    assert running.request("POST", "/orgs/acme/keys", THIRD).status == 409
    assert running.request("GET", f"/orgs/acme/keys/{key['id']}").json() == key
    assert running.request("GET", "/orgs/acme/keys").json() == [key]
    assert running.request("GET", f"/orgs/acme/keys?fingerprint={key['fingerprint']}").json() == [key]
    assert running.request("GET", f"/orgs/acme/keys?fingerprint={'0' * 64}").json() == []
    assert running.request("DELETE", f"/orgs/acme/keys/{key['id']}").status == 204
    for method in ("GET", "DELETE"):
        assert running.request(method, f"/orgs/acme/keys/{key['id']}").status == 404
