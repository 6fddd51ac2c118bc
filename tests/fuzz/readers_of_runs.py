"""Readers of what a run of Terraform sends, prints and leaves."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import trustme

from leastway.errors import LeastwayError
from leastway.isolation.pod.packing import UnpackError, pack_end, pack_file, pack_folder, unpack
from leastway.kube.pods import read_kubeconfig
from leastway.orchestrator import read_inputs
from leastway.orchestrator.attempt_record import AttemptRecord, read_record, write_record
from leastway.primitives import Masker, read_authorities
from leastway.shown import shown_lines
from leastway.terraform import (
    check_plan,
    read_conftest,
    read_inside,
    read_lock_file,
    read_log_line,
    read_outputs,
    read_pins,
    read_plan,
    read_state,
    sensitive_in_state,
    with_serial,
)
from tests.fuzz.reader import reader

_STATE = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 7,
    "lineage": "0b9a2b5e-6f1d-4a55-a4b2-9f6f0b3c1d2e",
    "outputs": {"password": {"value": ["planted", 12345678], "type": "string", "sensitive": True}},
    "resources": [
        {
            "mode": "managed",
            "type": "terraform_data",
            "name": "a",
            "provider": 'provider["terraform.io/builtin/terraform"]',
            "instances": [
                {
                    "schema_version": 0,
                    "attributes": {"id": "i", "input": {"value": {"k": ["planted"]}, "type": "string"}},
                    "sensitive_attributes": [
                        [
                            {"type": "get_attr", "value": "input"},
                            {"type": "get_attr", "value": "value"},
                            {"type": "index", "value": {"value": "k", "type": "string"}},
                        ]
                    ],
                }
            ],
        }
    ],
}


def _states() -> list[bytes]:
    encrypted = {"serial": 1, "lineage": "l", "meta": {}, "encrypted_data": "AA==", "encryption_version": "v0"}
    return [json.dumps(_STATE, indent=2).encode(), json.dumps(encrypted).encode()]


@reader("Terraform state", _states, "terraform.state_document.read_state")
def _state(data: bytes, folder: Path) -> str | None:
    document = read_state(data)
    assert read_state(with_serial(data, 5)).serial == (document.serial if document.is_encrypted else 5)
    return f"{document.lineage} {document.serial} {len(list(sensitive_in_state(document)))}"


_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "variables": {"password": {"value": "planted-password"}},
    "resource_changes": [
        {
            "address": "aws_iam_policy.a",
            "type": "aws_iam_policy",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "action_reason": "replace_because_cannot_update",
            "change": {
                "actions": ["delete", "create"],
                "before": {"policy": "{}"},
                "after": {"policy": json.dumps(_POLICY), "tags": {"a": "b"}},
                "after_unknown": {"id": True},
                "before_sensitive": {},
                "after_sensitive": {"policy": True},
                "replace_paths": [["path"]],
            },
        }
    ],
    "output_changes": {"a": {"actions": ["create"], "after": "planted", "after_sensitive": True}},
    "prior_state": {"values": {"outputs": {}, "root_module": {"child_modules": [{"resources": []}]}}},
    "configuration": {"root_module": {"variables": {"password": {"sensitive": True}}}},
}


def _plans() -> list[bytes]:
    return [json.dumps(_PLAN).encode()]


@reader("Terraform plan", _plans, "terraform.plan.read_plan", share=0.3)
def _plan(data: bytes, folder: Path) -> str | None:
    plan = read_plan(data)
    checked = check_plan(plan)
    return Masker(plan.sensitive).text(f"{plan.count()} {[each.address for each in plan.removals]} {checked.results}")


def _outputs() -> list[bytes]:
    return [b'{"a": {"sensitive": true, "type": "string", "value": "planted"}, "b": {"value": [1, null]}}']


@reader("Terraform outputs", _outputs, "terraform.plan.read_outputs")
def _read_outputs(data: bytes, folder: Path) -> str | None:
    return repr(read_outputs(data))


def _lines() -> list[bytes]:
    error = {"severity": "error", "summary": "s", "detail": "a\nb", "range": {"filename": "f", "start": {"line": 1}}}
    lines = [
        {"@level": "info", "@message": "a: Creating...", "type": "apply_start", "hook": {"resource": {"addr": "a"}}},
        {"@level": "error", "@message": "Error: s", "type": "diagnostic", "diagnostic": error},
    ]
    return [*(json.dumps(line).encode() for line in lines), b"Initializing the backend..."]


@reader("line of Terraform", _lines, "terraform.log_lines.read_log_line")
def _line(data: bytes, folder: Path) -> str | None:
    return "\n".join(shown_lines(each.text) for each in read_log_line(data.decode("utf-8", "replace")))


def _lock_files() -> list[bytes]:
    text = """# This file is maintained automatically by "terraform init".
provider "registry.terraform.io/hashicorp/time" {
  version     = "0.14.2"
  constraints = ">= 0.9.0"
  hashes = [
    "h1:0123456789012345678901234567890123456789012=",
    "zh:0123456789012345678901234567890123456789012345678901234567890123",
  ]
}
"""
    return [text.encode()]


@reader(
    "lock file of providers",
    _lock_files,
    "terraform.effective.read_lock_file",
    "terraform.effective.read_pins",
    "terraform.module_folder.read_inside",
)
def _lock_file(data: bytes, folder: Path) -> str | None:
    (folder / "providers.lock.hcl").write_bytes(data)
    try:
        assert read_inside(folder, "providers.lock.hcl") == data
        pins = read_pins(folder)
        assert pins == {(each.source, each.version): each.hashes for each in read_lock_file(data)}
        return repr(pins)
    finally:
        (folder / "providers.lock.hcl").unlink()


def _judgements() -> list[bytes]:
    return [b'[{"filename": "plan.json", "successes": 1, "failures": [{"msg": "no"}], "warnings": [{"msg": "hm"}]}]']


@reader("judgement of conftest", _judgements, "terraform.plan_check.read_conftest")
def _judgement(data: bytes, folder: Path) -> str | None:
    return repr(read_conftest(data, status=1))


_INPUTS = {
    "source": {"url": "https://git.example.org/m.git", "rev": "main", "path": "s3", "username": "u"},
    "script": "# nothing",
    "files": {"a.txt": "text"},
    "variables": {"assume_role_arn": "arn:aws:iam::111122223333:role/humanitec-s3", "n": [1, {"a": None}]},
    "credentials_config": {"variables": {"key": "AccessKeyId"}, "environment": {"AWS_ACCESS_KEY_ID": "AccessKeyId"}},
    "runner": {"engine": "tofu", "credentials": "injected", "reason": "r", "credential_operations": {"ecr:Get": "why"}},
}


@reader("inputs of a run", lambda: [json.dumps(_INPUTS).encode()], "orchestrator.inputs.read_inputs")
def _inputs(data: bytes, folder: Path) -> str | None:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    found = read_inputs(values, {}, role_prefix="humanitec")
    assert found.source is not None or found.script
    return " ".join(found.warnings())


_RECORD = AttemptRecord("9ac4d78d", "planted", "planted", 4711, 123456, ("init", "plan"))


@reader(
    "record of an attempt", lambda: [json.dumps(asdict(_RECORD)).encode()], "orchestrator.attempt_record.read_record"
)
def _record(data: bytes, folder: Path) -> str | None:
    path = folder / "attempt.json"
    path.write_bytes(data)
    found = read_record(path)
    if found is not None:
        write_record(path, found)
        assert read_record(path) == found
    return repr(found)


def _kubeconfigs() -> list[bytes]:
    cluster = {"server": "https://api.example", "certificate-authority-data": "AAAA"}
    config = {
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": {"token": "planted"}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }
    return [json.dumps(config, indent=1).encode()]


@reader("a kubeconfig", _kubeconfigs, "kube.pods.access.read_kubeconfig")
def _kubeconfig(data: bytes, folder: Path) -> str | None:
    (folder / "config").write_bytes(data)
    return read_kubeconfig(folder / "config").endpoint


def _authorities() -> list[bytes]:
    first, second = (trustme.CA().cert_pem.bytes() for _ in range(2))
    return [first, "# Autorit\u00e9\n".encode() + first + second]


@reader("certificates of authorities", _authorities, "primitives.authorities.read_authorities")
def _authority(data: bytes, folder: Path) -> None:
    (folder / "ca.pem").write_bytes(data)
    read_authorities(folder / "ca.pem")


def _packed() -> list[bytes]:
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "deep/er").mkdir(parents=True)
        (Path(folder) / "deep/er/file").write_text("content")
        (Path(folder) / "link").symlink_to("deep")
        pack_folder(out, 0, folder)
    pack_file(out, 1, "leastway-x/key", 0o400, b"key")
    pack_end(out)
    return [out.getvalue()]


@reader("what a pod gives back", _packed)
def _given_back(data: bytes, folder: Path) -> str | None:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        inside = {number: Path(made, str(number)) for number in range(2)}
        for each in inside.values():
            each.mkdir()
        try:
            unpack(io.BytesIO(data), {number: str(each) for number, each in inside.items()}, largest=1 << 20)
        except (UnpackError, OSError) as error:
            raise LeastwayError("it is refused") from error
        finally:
            assert sorted(one.name for one in Path(made).iterdir()) == ["0", "1"]
            assert [one.name for one in folder.iterdir()] == [Path(made).name]
    return None
