"""A run in a rehearsal: real Terraform makes the bucket of a grant through the platform, and removes it.

The module needs no provider and no AWS CLI: its work is done by a program of Python's standard library that signs its
requests with what the run has as credentials, which are surrogates.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leastway.errors import LeastwayError
from leastway.isolation import Limits, Sandbox, launch
from leastway.orchestrator import RunSettings
from leastway.orchestrator.trying import host_of, try_isolation
from leastway.primitives import Partition
from leastway.registry import TERRAFORM, Criterion, Run, RunAction, RunStatus
from leastway.service import runs
from leastway.service.applications import FIRST_ENVIRONMENT, create_application
from leastway.service.contracts import put_contract
from leastway.service.definition_making import GivenDefinition, GivenInputs
from leastway.service.definitions import create_definition
from leastway.terraform import ENGINES, find_program

if TYPE_CHECKING:
    from leastway.ports import RehearsedBucket
    from leastway.service.caller import Caller
    from leastway.service.server import Server

__all__ = ["begin_bucket", "check_can_run", "check_machine", "copied_programs", "run_bucket", "try_program"]

_APPLICATION: Final = "rehearsal"
_RESOURCE: Final = "bucket"
_PATIENCE: Final = 120.0
"""Seconds until a run has ended."""
_TRIAL_SECONDS: Final = 30.0
_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
"""Where sandboxes look for Python."""
_MODULE: Final = """
variable "call" {
  type = map(string)
}

resource "terraform_data" "bucket" {
  input = var.call
  provisioner "local-exec" {
    command     = "python3 bucket.py PUT"
    environment = self.input
  }
  provisioner "local-exec" {
    when        = destroy
    command     = "python3 bucket.py DELETE"
    environment = self.input
  }
}

output "name" {
  value = terraform_data.bucket.output.BUCKET
}
"""
_PROGRAM: Final = '''
"""Make (PUT) or remove (DELETE) a bucket, with the credentials, the proxy and the CA of the environment."""
import datetime, hashlib, hmac, http.client, os, re, ssl, sys, urllib.parse

ENV = os.environ
REGION, SUFFIX = ENV["REGION"], ENV["SUFFIX"]


def call(service, host, method, body, keys):
    time = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": time}
    if service == "sts":
        headers["content-type"] = "application/x-www-form-urlencoded"
    if keys[2]:
        headers["x-amz-security-token"] = keys[2]
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\\n" for name in sorted(headers))
    canonical = f"{method}\\n/\\n\\n{lines}\\n{names}\\n{digest}"
    scope = f"{time[:8]}/{REGION}/{service}/aws4_request"
    key = ("AWS4" + keys[1]).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\\n{time}\\n{scope}\\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={keys[0]}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    proxy = urllib.parse.urlsplit(ENV["HTTPS_PROXY"])
    trusted = ssl.create_default_context(cafile=ENV["AWS_CA_BUNDLE"])
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, context=trusted, timeout=60)
    connection.set_tunnel(host, 443)
    connection.request(method, "/", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status >= 300:
        sys.exit(f"{service} {method}: {answer.status} {text}")
    return text


keys = [ENV.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
if ENV["ROLE"]:
    wanted = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ENV["ROLE"], "RoleSessionName": "rehearsal"}
    if ENV["EXTERNAL_ID"]:
        wanted["ExternalId"] = ENV["EXTERNAL_ID"]
    got = call("sts", f"sts.{REGION}.{SUFFIX}", "POST", urllib.parse.urlencode(wanted).encode(), keys)
    keys = [re.search(f"<{name}>([^<]+)<", got)[1] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
place = f"<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
body = place.encode() if sys.argv[1] == "PUT" and REGION != "us-east-1" else b""
call("s3", f"{ENV['BUCKET']}.s3.{REGION}.{SUFFIX}", sys.argv[1], body, keys)
'''
_ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "AccessKeyId",
    "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
    "AWS_SESSION_TOKEN": "SessionToken",
}


def copied_programs(folder: Path) -> Path | None:
    """Return a folder with tofu and terraform for the user of root's sandboxes, who reaches no home folder.

    None where the sandboxes have the user of this process, or where PATH has neither.
    """
    found = {name: path for name in ENGINES if (path := shutil.which(name)) is not None}
    if os.geteuid() != 0 or not found:
        return None
    folder.mkdir()
    folder.chmod(0o755)
    for name, path in found.items():
        source = Path(path).resolve()
        try:
            (folder / name).hardlink_to(source)
        except OSError:  # another file system
            shutil.copy2(source, folder / name)
    return folder


def check_machine() -> None:
    """Refuse a machine on which no run would work, before there is a server. Errors: as those of `check_can_run`."""
    find_program(None)
    _check_python()
    with tempfile.TemporaryDirectory(prefix="leastway-trial-") as folder:
        settings = RunSettings(folder=Path(folder), tools=copied_programs(Path(folder) / "tools"))
        try_isolation(settings)
        try_program(settings)


def try_program(settings: RunSettings) -> None:
    """Ask Terraform for its version in a sandbox: what PATH has may be broken, or start a program that no run sees.

    Errors: LeastwayError, with the last line that it printed.
    """
    program, host, said = find_program(settings.tools), host_of(settings), list[str]()
    folder = settings.folder / "trial"
    folder.mkdir()
    host.give(folder)
    sandbox = Sandbox(
        command=(str(program.path), "version"),
        folder=folder,
        environment={"PATH": _PATH, "CHECKPOINT_DISABLE": "1"},
        writable=(folder,),
        read_only=() if program.path.is_relative_to("/usr") else (program.path,),
        limits=Limits(seconds=_TRIAL_SECONDS),
    )
    with launch(sandbox, host, on_lines=lambda _, lines: said.extend(lines)) as running:
        ended = running.wait()
    if not ended.is_success:
        why = next((line for line in reversed(said) if line.strip()), str(ended.ended))
        raise LeastwayError(f"{program.name} does not work in a sandbox: {why}", where=str(program.path))


def check_can_run(server: Server) -> None:
    """Refuse a run that this machine could not carry out. Errors: LeastwayError, OSError that say what is missing."""
    server.runs.check_ready()
    server.runs.check_isolation()
    _check_python()


def _check_python() -> None:
    if shutil.which("python3", path=_PATH) is None:
        raise LeastwayError("the module of the rehearsal needs python3", where=_PATH, fix="install Python there")


def begin_bucket(server: Server, caller: Caller, organization: str, bucket: RehearsedBucket) -> str:
    """Store the contract, make the definition of the bucket and an environment; return in words what governs runs."""
    contract = json.loads(bucket.contract)
    stored = put_contract(server, caller, organization, bucket.grant, bucket.aws_account, contract)
    call = {
        "BUCKET": bucket.name,
        "REGION": bucket.region,
        "SUFFIX": Partition.of_region(bucket.region).dns_suffix,
        "ROLE": "" if bucket.role is None else bucket.role.arn,
        "EXTERNAL_ID": "" if bucket.role is None else bucket.role.external_id,
    }
    values = {
        "script": _MODULE,
        "files": {"bucket.py": _PROGRAM},
        "variables": {"call": call},
        "credentials_config": {"environment": _ENVIRONMENT},
    }
    given = GivenDefinition(
        name="Bucket", type="s3", driver=TERRAFORM, account=bucket.account, inputs=GivenInputs(values=values)
    )
    create_definition(server, caller, organization, _RESOURCE, given, [Criterion(res_id=_RESOURCE)])
    create_application(server, caller, organization, identifier=_APPLICATION, name="Rehearsal")
    return f"version {stored.version} of the contract of grant {stored.grant}"


def run_bucket(server: Server, caller: Caller, organization: str, action: RunAction) -> str:
    """Carry out a run, and return in words what it called. Errors: LeastwayError if it does not succeed."""
    wanted = runs.WantedRun(
        application=_APPLICATION, environment=FIRST_ENVIRONMENT.id, resource=f"s3#{_RESOURCE}", action=action
    )
    run = runs.create_run(server, caller, organization, wanted)
    give_up = time.monotonic() + _PATIENCE
    while not (run := runs.read_run(server, caller, organization, run.id)).status.is_end:
        if time.monotonic() > give_up:
            raise LeastwayError("the run does not end", where=_at(run), fix="try it on a machine that is less busy")
        time.sleep(0.02)
    if run.status is not RunStatus.SUCCEEDED:
        raise LeastwayError(f"the run has {run.status.value}: {run.error or ''}", where=_at(run))
    if not run.is_enforced:
        raise LeastwayError("the contract of the grant was not enforced", where=_at(run))
    calls = runs.read_calls(server, caller, organization, run.id)
    return ", ".join(f"{one.service}:{one.operation} {one.decision}" for one in calls)


def _at(run: Run) -> str:
    return f"run {run.id}" if run.phase is None else f"run {run.id}, {run.phase.value}"
