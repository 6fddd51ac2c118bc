"""A proxy that adds an organization's stack sets to an embedded AWS: enough for the script that deploys them.

It answers the stack set calls of CloudFormation and the calls of Organizations, records what was created, and passes on
everything else. The requests come from the real AWS CLI, which checks their parameters before it sends them.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_ROOT = "r-root"
_NO_SUCH = "<Code>StackSetNotFoundException</Code><Message>there is none</Message>"


@dataclass
class Organization:
    """The organization; `instances` has the accounts and the region of each stack set."""

    behind: str
    management: str
    templates: dict[str, str] = field(default_factory=dict)
    instances: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def organizations(self, call: str) -> Mapping[str, object]:
        if call == "DescribeOrganization":
            return {"Organization": {"MasterAccountId": self.management}}
        return {"Roots": [{"Id": _ROOT}]}

    def stack_sets(self, call: str, form: Mapping[str, str]) -> str | None:
        """Return the content of the answer's result, or None if the stack set does not exist."""
        name = form["StackSetName"]
        self.calls.append(f"{call} {name}")
        if call in ("CreateStackSet", "UpdateStackSet"):
            assert (form.get("PermissionModel", "SERVICE_MANAGED"), form["CallAs"]) == ("SERVICE_MANAGED", "SELF")
            self.templates[name] = form["TemplateBody"]
            return "<OperationId>op</OperationId>"
        if name not in self.templates:
            return None
        if call == "CreateStackInstances":
            assert form["DeploymentTargets.OrganizationalUnitIds.member.1"] == _ROOT
            assert form["DeploymentTargets.AccountFilterType"] == "INTERSECTION"
            assert form["OperationPreferences.ConcurrencyMode"] == "SOFT_FAILURE_TOLERANCE"
            assert form["OperationPreferences.RegionConcurrencyType"] == "PARALLEL"
            accounts = (value for key, value in form.items() if key.startswith("DeploymentTargets.Accounts."))
            known = self.instances.get(name, ((), ""))[0]
            self.instances[name] = ((*known, *accounts), form["Regions.member.1"])
            return "<OperationId>op</OperationId>"
        if call == "ListStackInstances":
            there = self.instances.get(name, ((), ""))[0]
            members = "".join(f"<member><Account>{account}</Account></member>" for account in there)
            return f"<Summaries>{members}</Summaries>"
        if call == "DescribeStackSetOperation":
            return "<StackSetOperation><Status>SUCCEEDED</Status></StackSetOperation>"
        return f"<StackSet><StackSetName>{name}</StackSetName></StackSet>"


@contextmanager
def standing_before(behind: str, management: str) -> Iterator[tuple[Organization, str]]:
    """Yield the organization and its endpoint."""
    organization = Organization(behind, management)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target", "")
            form = {key: values[0] for key, values in parse_qs(body.decode(errors="replace")).items()}
            call = form.get("Action", "")
            if target.startswith("AWSOrganizations"):
                answer = json.dumps(organization.organizations(target.rpartition(".")[2]))
                self._answer(200, answer.encode(), "application/x-amz-json-1.1")
            elif "StackSet" in call or call.endswith("StackInstances"):
                inside = organization.stack_sets(call, form)
                text = f"<{call}Response><{call}Result>{inside}</{call}Result></{call}Response>"
                if inside is None:
                    text = f"<ErrorResponse><Error><Type>Sender</Type>{_NO_SUCH}</Error></ErrorResponse>"
                self._answer(404 if inside is None else 200, text.encode(), "text/xml")
            else:
                self._pass_on(body)

        def _pass_on(self, body: bytes) -> None:
            there = http.client.HTTPConnection(urlsplit(organization.behind).netloc, timeout=60)
            there.request("POST", self.path, body, dict(self.headers))
            got = there.getresponse()
            self._answer(got.status, got.read(), got.headers.get("Content-Type", "text/xml"))
            there.close()

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield organization, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
