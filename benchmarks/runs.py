"""A run beside a shell with the same init, plan, show and apply of the same module, program, providers and account.

`calls` is a module whose program makes 30 calls to the embedded AWS, as a provider would; `time` one that uses
hashicorp/time, where a mirror has it (`make terraform-assets`), or else only the built-in provider; `aws` makes the
bucket of the onboarding document with Amazon's provider, where LEASTWAY_TERRAFORM_PROVIDERS names a mirror with it.
AWS is the embedded one behind TLS, as real AWS is, and what calls it is measured again with AWS 10 ms away. Runs and
shells work by turns on new resources; a run goes through sandboxes, gateway, state, durable steps and audit log, and
also reads the outputs. Then many runs at once, beside a shell that works on as many one after the other, and beside one
that works on as many at a time as there are processors. BENCH_ROUNDS and BENCH_MANY shorten it. A run takes from the
request to the time of its end, which the server enters: whoever looks for the end often takes the processor from it.
Goals: a run takes at most 1.1 times as long, or 100 ms more; many at most 1.2 times; an apply at most 1.1 times.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

from benchmarks.distance import away, over_tls
from benchmarks.hand_outs import Server, serving
from leastway.sandbox import AccountSeed, PlatformSeed, Sandbox, Scenario, SeededKey

ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-runs"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
MANY = int(os.environ.get("BENCH_MANY", "50"))
LOOK = 0.2
READS_AHEAD = 8.0
"""Seconds in which a new server, of which nothing is asked, reads what later runs find in memory."""
DISTANCE = 0.005
"""How far away AWS is, in seconds, where it is not on loopback."""
ENDED = ("succeeded", "failed", "cancelled")
PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AccessKeyId",
    "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
    "AWS_SESSION_TOKEN": "SessionToken",
}
PROGRAM = """
import sys, boto3
client = boto3.client("sqs")
for number in range(10):
    url = client.create_queue(QueueName=f"{sys.argv[1]}-{number}")["QueueUrl"]
    client.tag_queue(QueueUrl=url, Tags={"made-by": "benchmark"})
    client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
"""
WITH_CALLS = {"calls", "aws"}
BUILT_IN = """
variable "name" { type = string }
resource "terraform_data" "of" { input = var.name }
output "name" { value = terraform_data.of.output }
"""
MODULES = {
    "time": """
terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
variable "name" { type = string }
resource "time_static" "of" { triggers = { name = var.name } }
output "name" { value = time_static.of.id }
""",
    "calls": """
variable "name" { type = string }
resource "terraform_data" "of" {
  input = var.name
  provisioner "local-exec" { command = "PYTHONPATH=TOOLS/packages /usr/bin/python3 TOOLS/calls.py ${var.name}" }
}
output "name" { value = terraform_data.of.output }
""",
    "aws": """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "name" { type = string }
provider "aws" { region = "REGION" }
resource "aws_s3_bucket" "of" { bucket = var.name }
resource "aws_s3_bucket_public_access_block" "of" {
  bucket                  = aws_s3_bucket.of.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
output "name" { value = aws_s3_bucket.of.bucket }
""",
}
DIRECT = """
provider "aws" {
  PATH_STYLE = true
  endpoints {
    ec2 = "ENDPOINT"
    s3  = "ENDPOINT"
    sts = "ENDPOINT"
  }
}
"""
"""What sends Amazon's provider to the embedded AWS in the shell; a run's gateway does that by itself."""


@dataclass(frozen=True)
class World:
    """A server with a cloud account, and a shell with a session of the same role."""

    server: Server
    folder: Path
    tools: Path
    engine: str
    modules: dict[str, str]
    environment: dict[str, str]
    direct: str

    def define(self, name: str, script: str) -> None:
        """Make the definition of the resource `s3#NAME`."""
        values: dict[str, object] = {"script": script.replace("${", "$\\{"), "variables": {"name": name}}
        values |= {"credentials_config": {"environment": ENVIRONMENT}, "runner": {"engine": self.engine}}
        body = {
            "id": name,
            "name": name,
            "type": "s3",
            "driver_type": "humanitec/terraform",
            "driver_account": "runs",
            "driver_inputs": {"values": values},
            "criteria": [{"res_id": name}],
        }
        self.server.request("POST", "/orgs/acme/resources/defs", body)

    def start(self, name: str) -> str:
        """Start a run, and return its id."""
        body = {"app_id": "shop", "env_id": "dev", "resource": f"s3#{name}", "action": "apply"}
        return str(_object(self.server.request("POST", "/orgs/acme/runs", body))["id"])

    def wait(self, run: str) -> float:
        """Wait until a run has succeeded, and return when that was, in seconds since 1970."""
        while (found := _object(self.server.request("GET", f"/orgs/acme/runs/{run}")))["status"] not in ENDED:
            time.sleep(LOOK)
        if found["status"] != "succeeded":
            raise SystemExit(found["error"])
        return datetime.fromisoformat(found["ended_at"]).timestamp()

    def run(self, name: str) -> tuple[float, float]:
        """Carry out a run, and return its seconds, and those between the first and the last line of its apply."""
        began = time.time()
        run = self.start(name)
        took = self.wait(run) - began
        lines = self.server.request("GET", f"/orgs/acme/runs/{run}/log")
        assert isinstance(lines, list)
        return took, _between([one["at"] for one in lines if one["phase"] == "apply"])

    def all_at_once(self, names: list[str]) -> float:
        """Carry out runs at once, and return the seconds until all have ended."""
        began = time.time()
        return max([self.wait(run) for run in [self.start(name) for name in names]]) - began

    def shell(self, name: str, script: str) -> tuple[float, float]:
        """Do the same in a shell, in a new folder."""
        began = time.perf_counter()
        folder = self.folder / "shell" / name
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(script)
        if "aws_s3_bucket" in script:
            (folder / "direct_override.tf").write_text(self.direct)
        engine = self.tools / self.engine
        (folder / "run.sh").write_text(
            f"set -e\n{engine} init -input=false -no-color\n"
            f"{engine} plan -input=false -json -out=plan -var name={name}\n"
            f"{engine} show -json plan\n{engine} apply -input=false -json plan\n"
        )
        done = subprocess.run(["/bin/sh", "run.sh"], check=False, cwd=folder, env=self.environment, capture_output=True)
        if done.returncode:
            raise SystemExit(done.stdout.decode() + done.stderr.decode())
        took = time.perf_counter() - began
        printed = [json.loads(line) for line in done.stdout.decode().splitlines() if '"@timestamp"' in line]
        begins = max(at for at, line in enumerate(printed) if line["type"] == "version")
        return took, _between([line["@timestamp"] for line in printed[begins:]])


def main() -> None:
    """Print medians, ratios and differences."""
    if shutil.which("bwrap") is None or (engine := _engine()) is None:
        print("skipped: bwrap, and one of tofu and terraform, must be installed")
        return
    with _world(engine) as world:
        time.sleep(READS_AHEAD)
        for name, script in world.modules.items():
            _one(world, name, script)
        _many(world, *next(iter(world.modules.items())))
    with _world(engine, DISTANCE) as world:
        time.sleep(READS_AHEAD)
        for name in WITH_CALLS & world.modules.keys():
            _one(world, f"{name}-away", world.modules[name])


def _one(world: World, kind: str, script: str) -> None:
    """Runs and shells by turns."""
    took: dict[str, list[tuple[float, float]]] = {"run": [], "shell": []}
    for turn in range(ROUNDS + 1):
        name = f"{kind}-{turn}"
        world.define(name, script)
        times = {"run": world.run(name), "shell": world.shell(f"{name}-shell", script)}
        if turn:  # the first round fills caches of both
            for each, seconds in times.items():
                took[each].append(seconds)
    (run, run_apply), (shell, shell_apply) = (map(statistics.median, zip(*one, strict=True)) for one in took.values())
    pairs = list(zip(*took.values(), strict=True))
    ratio, apply = (statistics.median(one[at] / other[at] for one, other in pairs) for at in (0, 1))
    least = {name: min(one)[0] for name, one in took.items()}
    print(
        f"{kind}: run {run:.2f} s (least {least['run']:.2f}), shell {shell:.2f} s (least {least['shell']:.2f}): "
        f"{ratio:.2f} times (goal 1.1), {(run - shell) * 1e3:+.0f} ms (aim 100); "
        f"its apply {run_apply:.2f} s and {shell_apply:.2f} s: {apply:.2f} times (goal 1.1)",
        flush=True,
    )


def _many(world: World, kind: str, script: str) -> None:
    """Many runs at once, and as many shells in a loop."""
    names = [f"many-{kind}-{at}" for at in range(MANY)]
    for name in names:
        world.define(name, script)

    def in_a_loop() -> None:
        for name in names:
            world.shell(f"{name}-loop", script)

    def side_by_side() -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda name: world.shell(f"{name}-side", script), names))

    runs, loop, side = world.all_at_once(names), _timed(in_a_loop), _timed(side_by_side)
    print(
        f"{MANY} of {kind}: runs at once {runs:.1f} s; a shell loop {loop:.1f} s: {runs / loop:.2f} times (goal 1.2); "
        f"{os.cpu_count()} shells at a time {side:.1f} s: {runs / side:.2f} times",
        flush=True,
    )


def _between(times: list[str]) -> float:
    """Return the seconds between the first and the last of these times."""
    found = [datetime.fromisoformat(one) for one in times]
    return (max(found) - min(found)).total_seconds()


def _timed(act: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    act(*arguments)
    return time.perf_counter() - began


def _engine() -> Path | None:
    assets = os.environ.get("LEASTWAY_TERRAFORM_ASSETS")
    for path in (assets, None) if assets else (None,):
        for name in ("tofu", "terraform"):
            if (found := shutil.which(name, path=path)) is not None:
                return Path(found).resolve()
    return None


@contextmanager
def _world(engine: Path, distance: float = 0.0) -> Iterator[World]:
    """The user of root's sandboxes reaches the tools, which are copied, and the folder of the runs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="runs-")))
        sandbox = stack.enter_context(Sandbox(small_kubernetes=True))
        endpoint, authority = stack.enter_context(over_tls(sandbox.endpoint))
        if distance:
            endpoint = stack.enter_context(away(endpoint, distance))
        trusted = folder / "aws.pem"
        trusted.write_text(authority)
        folder.chmod(0o711)
        tools = folder / "tools"
        versions = _make_tools(tools, engine)
        keys = sandbox.control.seed(Scenario(accounts=(AccountSeed(ACCOUNT),)))
        session = _role(sandbox, keys.admins[ACCOUNT], keys.platform)
        options = ("--wrapping-key", str(folder / "key"), "--run-tools", str(tools), "--run-folder", str(folder / "r"))
        environment = {**os.environ, **sandbox.environment(keys.platform), "AWS_REGION": REGION}
        environment |= {"AWS_ENDPOINT_URL": endpoint, "AWS_CA_BUNDLE": str(trusted)}
        with serving(folder / "data", environment, *options) as (url, pid):
            server = Server(sandbox, url, (folder / "data" / "owner-token").read_text().strip(), pid)
            server.request("POST", "/orgs/acme/env-types", {"id": "development-type"})
            body = {"id": "shop", "name": "Shop", "env": {"id": "dev", "name": "D", "type": "development-type"}}
            server.request("POST", "/orgs/acme/apps", body)
            credentials = {"aws_role": ROLE, "external_id": "benchmark"}
            account = {"id": "runs", "name": "Runs", "type": "aws-role", "credentials": credentials}
            server.request("POST", "/orgs/acme/resources/accounts", account)
            modules = {
                name: script.replace("TOOLS", str(tools)).replace("REGION", REGION) for name, script in MODULES.items()
            }
            if "time" not in versions:
                modules["time"] = BUILT_IN
            if "aws" not in versions:
                del modules["aws"]
            configuration = folder / "shell.rc"
            mirror = f'filesystem_mirror {{ path = "{tools}/providers" }}' if versions else ""
            configuration.write_text(f"disable_checkpoint = true\nprovider_installation {{\n{mirror}\n}}\n")
            shell = {
                "PATH": f"{tools}:/usr/bin:/bin",
                "HOME": str(folder),
                "AWS_ENDPOINT_URL": endpoint,
                "AWS_CA_BUNDLE": str(trusted),
                "SSL_CERT_FILE": str(trusted),
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "TF_CLI_CONFIG_FILE": str(configuration),
                "CHECKPOINT_DISABLE": "1",
                "TF_IN_AUTOMATION": "1",
                **{variable: session[part] for variable, part in ENVIRONMENT.items()},
            }
            path_style = (
                "s3_force_path_style" if versions.get("aws", "").startswith(("1.", "2.", "3.")) else "s3_use_path_style"
            )
            direct = DIRECT.replace("ENDPOINT", endpoint).replace("PATH_STYLE", path_style)
            yield World(server, folder, tools, engine.name, modules, shell, direct)


def _make_tools(tools: Path, engine: Path) -> dict[str, str]:
    """Make the operator's folder; return the versions of hashicorp's providers in its mirror, by name."""
    tools.mkdir()
    shutil.copy2(engine, tools / engine.name)
    (tools / "calls.py").write_text(PROGRAM)
    (tools / "packages").mkdir()
    for name in PACKAGES:
        source = next(found for each in sys.path if (found := Path(each, name)).exists())
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, tools / "packages" / name)
    compileall.compile_dir(tools, quiet=1)  # the sandboxes cannot write there
    given = os.environ.get("LEASTWAY_TERRAFORM_PROVIDERS")
    for mirror in (engine.parent / "providers", *([Path(given)] if given else [])):
        if mirror.is_dir():
            shutil.copytree(mirror, tools / "providers", dirs_exist_ok=True)
    registry = {"tofu": "registry.opentofu.org", "terraform": "registry.terraform.io"}[engine.name]
    mirrored = sorted((tools / "providers" / registry / "hashicorp").glob("*/*"))
    return {each.parent.name: each.name for each in mirrored}


def _role(sandbox: Sandbox, admin: SeededKey, platform: SeededKey) -> dict[str, str]:
    """Make the role of the runs, and return a session of it."""
    iam = _client(sandbox, "iam", admin)
    trust = {"Effect": "Allow", "Principal": {"AWS": PlatformSeed().arn}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document, policy = (json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, allow))
    iam.create_role(RoleName="humanitec-runs", AssumeRolePolicyDocument=document)
    iam.put_role_policy(RoleName="humanitec-runs", PolicyName="p", PolicyDocument=policy)
    found = _client(sandbox, "sts", platform).assume_role(RoleArn=ROLE, RoleSessionName="shell")
    return dict(found["Credentials"])


def _client(sandbox: Sandbox, service: Any, key: SeededKey) -> Any:
    secret = key.secret.reveal()
    return boto3.client(
        service,
        endpoint_url=sandbox.endpoint,
        region_name=REGION,
        aws_access_key_id=key.id,
        aws_secret_access_key=secret,
    )


def _object(found: object) -> dict[str, Any]:
    assert isinstance(found, dict)
    return found
