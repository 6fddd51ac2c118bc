"""`leastway deploy`, `rollback` and `deployments` as a user calls them, from Score files to running objects."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from leastway.cli import main
from leastway.kube import NotFoundError
from leastway.kube.connection import Json
from tests.integration.deployments.conftest import World
from tests.integration.deployments.world import controller
from tests.integration.tunnel.world import until
from tests.outputs import check_output

pytestmark = pytest.mark.integration

Call = Callable[..., tuple[int, str, str]]

PAGE: Final = Path(__file__).parents[3] / "docs" / "deployments.md"
FENCE: Final = "```text\n$ leastway deploy shop/dev --score web.yaml\n"
WEB: Final = """
apiVersion: score.dev/v1b1
metadata: {name: web}
containers:
  main:
    image: registry.example.com/web:1
    command: ["/bin/web"]
    args: ["--listen", "0.0.0.0:8080"]
    variables:
      DATABASE: postgres://${resources.db.username}:${resources.db.password}@${resources.db.host}:${resources.db.port}/
      GREETING: hello
    files:
      /etc/web/web.ini:
        mode: "0440"
        content: |
          [web]
          database = ${resources.db.host}
    resources:
      requests: {cpu: 100m, memory: 64Mi}
      limits: {memory: 128Mi}
    livenessProbe: {httpGet: {path: /live, port: 8080}}
    readinessProbe: {exec: {command: ["/bin/ready"]}}
service:
  ports:
    www: {port: 80, targetPort: 8080}
resources:
  db: {type: postgres}
"""
WORKER: Final = """
apiVersion: score.dev/v1b1
metadata: {name: worker, annotations: {team.example.com/name: orders}}
containers:
  main:
    image: registry.example.com/worker:1
    variables:
      WEB: ${resources.web.name}
      HOST: ${resources.database.host}
  side:
    image: registry.example.com/side:1
resources:
  database: {type: postgres, id: orders}
  web: {type: service}
"""


@dataclass(frozen=True)
class Place:
    """An environment with a namespace of its own."""

    world: World
    environment: str
    namespace: str

    def live(self, kind: str, name: str) -> Json | None:
        base = "/apis/apps/v1" if kind == "deployments" else "/api/v1"
        try:
            return self.world.admin.request("GET", f"{base}/namespaces/{self.namespace}/{kind}/{name}")
        except NotFoundError:
            return None

    def image(self, name: str) -> Any:
        live = self.live("deployments", name)
        assert live is not None
        return live["spec"]["template"]["spec"]["containers"][0]["image"]


@pytest.fixture
def quiet_place(started: World) -> Iterator[Place]:
    """A new environment without a controller; the server has an administrator's rights in the cluster meanwhile."""
    name = f"e{secrets.token_hex(4)}"
    found = Place(started, name, f"by-hand-{name}")
    body = {"id": name, "name": name, "type": "development"}
    assert started.running.request("POST", "/orgs/acme/apps/shop/envs", body).status == 201
    definition = {
        "id": f"namespace-{name}",
        "name": name,
        "type": "k8s-namespace",
        "driver_type": "humanitec/k8s-namespace",
        "driver_inputs": {"values": {"namespace": found.namespace}},
        "criteria": [{"env_id": name}],
    }
    answer = started.running.request("POST", "/orgs/acme/resources/defs", definition)
    assert answer.status == 200, answer.body
    user, started.doubles.user = started.doubles.user, "admin"
    yield found
    started.doubles.user = user


@pytest.fixture
def place(quiet_place: Place) -> Iterator[Place]:
    """A new environment with a controller, which runs what is deployed."""
    with controller(quiet_place.world.admin, quiet_place.namespace):
        yield quiet_place


@pytest.fixture
def call(started: World, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("LEASTWAY_URL", started.running.url)
    monkeypatch.setenv("LEASTWAY_TOKEN", started.running.owner.reveal())

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["leastway", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsysbinary.readouterr()
        return int(ended.value.code or 0), output.out.decode(), output.err.decode()

    return call


def _file(folder: Path, text: str, name: str = "score.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_published_shapes_of_score_files_become_running_objects(place: Place, call: Call, tmp_path: Path) -> None:
    where = (f"shop/{place.environment}",)
    files = ("--score", _file(tmp_path, WEB), "--score", _file(tmp_path, WORKER, "worker.yaml"))

    code, out, err = call("deploy", *where, *files, "--plan")
    assert (code, err) == (3, "")
    assert f"+ Deployment {place.namespace}/web\n" in out
    assert re.search(r"^Objects: \d to create; 0 unchanged.$", out, re.MULTILINE), out
    assert place.live("deployments", "web") is None

    code, out, err = call("deploy", *where, *files, "--yes", "--comment", "the first")
    assert code == 0, (out, err)
    assert out.endswith("succeeded\n")
    web, worker, kept = (
        place.live(*one) for one in (("deployments", "web"), ("deployments", "worker"), ("secrets", "web-secrets"))
    )
    assert web is not None
    assert worker is not None
    assert kept is not None
    (container,) = web["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["--listen", "0.0.0.0:8080"]
    assert container["resources"]["limits"] == {"memory": "128Mi"}
    assert base64.b64decode(kept["data"]["main.DATABASE"]).decode() == (
        "postgres://shop:planted-password-of-db@db.example:5432/"
    )
    assert "planted-password-of-db" not in json.dumps([web, worker, out, err])
    assert {
        one["name"]: one.get("value")
        for each in worker["spec"]["template"]["spec"]["containers"]
        for one in each.get("env", ())
    } == {"WEB": "web", "HOST": "db.example"}

    code, out, _ = call("deploy", *where, *files, "--plan")
    assert (code, out.startswith("No object would change; ")) == (0, True), out


def test_the_page_follows_a_deployment_from_a_score_file_to_running_pods_and_back(
    place: Place, call: Call, tmp_path: Path
) -> None:
    page, where = PAGE.read_text(), (f"shop/{place.environment}",)
    score = page.partition("```yaml\n")[2].partition("```")[0]
    command = ("deploy", *where, "--score")

    code, first, _ = call(*command, _file(tmp_path, score), "--yes", "--comment", "one")
    assert code == 0, first
    image = place.image("web")
    code, second, _ = call(*command, _file(tmp_path, score.replace("web:1", "web:2")), "--yes")
    assert code == 0, second
    assert (image, place.image("web")) == ("registry.example.com/web:1", "registry.example.com/web:2")

    code, out, err = call("rollback", *where, "--yes")
    assert code == 0, (out, err)
    assert ": one\n" in err
    assert place.image("web") == "registry.example.com/web:1"
    code, out, _ = call("deployments", "list", *where)
    assert [line.split("  ")[2] for line in out.splitlines()[:3]] == ["succeeded"] * 3
    code, out, _ = call("deployments", "logs", *where)
    assert f"rollout   Deployment {place.namespace}/web: 1 of 1 available" in out

    shown = [_settled(text, place) for text in (first, second)]
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        before, *rest = page.split(FENCE)
        PAGE.write_text(
            before
            + "".join(FENCE + text + "```" + one.partition("```")[2] for text, one in zip(shown, rest, strict=True))
        )
        page = PAGE.read_text()
    assert [one.partition("```")[0] for one in page.split(FENCE)[1:]] == shown


def test_a_deployment_that_does_not_come_up_is_aborted_and_what_is_said_leads_to_its_end(
    quiet_place: Place, call: Call, tmp_path: Path
) -> None:
    where = (f"shop/{quiet_place.environment}",)
    dry_run = call("deploy", *where, "--score", _file(tmp_path, WEB), "--plan", "--json")
    assert dry_run[0] == 3
    shown = json.loads(dry_run[1])
    check_output(shown, "deploy-dry-run")
    assert (shown["status"], shown["dry_run"]) == ("succeeded", True)
    running = quiet_place.world.running
    path = f"/orgs/acme/apps/shop/envs/{quiet_place.environment}/deploys"
    assert running.request("POST", path, {"set_id": shown["set_id"]}).status == 201
    until(lambda: "rollout" in call("deployments", "logs", *where)[1], seconds=90)

    code, _, err = call("deploy", *where, "--set", shown["set_id"], "--yes")
    assert (code, "has not ended" in err) == (1, True), err
    code, out, _ = call("deployments", "abort", *where)
    assert code == 0
    said = re.search(r"leastway (deployments logs --follow \S+ \S+) shows its end", out)
    assert said is not None, out
    code, out, _ = call(*said[1].split())
    assert (code, "was aborted by" in out.splitlines()[-1]) == (3, True), out
    code, out, _ = call("deployments", "show", *where)
    assert "  aborted by  " in out
    code, _, err = call("rollback", *where, "--yes")
    assert (code, "there is no earlier deployment to go back to" in err) == (1, True)


def _settled(text: str, place: Place) -> str:
    """Return the output as the page has it: what comes side by side is sorted, and of a rollout only its end stays."""
    text = text.replace(place.namespace, "shop-dev").replace(f"namespace-{place.environment}", "namespace")
    text = re.sub(r"CA [0-9a-f]{16}, kube-system [0-9a-f-]{36}", "CA DIGEST, kube-system UID", text)
    lines = text.splitlines()
    kept = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if " warning: " not in line and not (line.startswith("rollout") and following.startswith("rollout"))
    ]
    provisioned = sorted(line for line in kept if line.startswith("provision"))
    return "".join(f"{provisioned.pop(0) if line.startswith('provision') else line}\n" for line in kept)
