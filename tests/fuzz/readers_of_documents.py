"""Readers of documents that people write: grants, profiles, definitions, policies, cases, templates, manifests."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from leastway.app.resolve import read_definition_folder, read_request_file
from leastway.app.saved_plan import read_saved_plan
from leastway.app.score import DeployTarget, manifests_of_file
from leastway.grant import Purpose, claim_of_file, load_definition, load_for, load_grant, load_profile, named_profile
from leastway.grant.attachments import read_policy
from leastway.grant.definition_document import read_definition
from leastway.grant.problem import GrantError, Problem
from leastway.grant.profile import read_profile
from leastway.grant.rbac_rules import read_rules
from leastway.grant.source import GrantFile, read_tree
from leastway.lint import Allowance, Knowledge, lint_reading, make_report
from leastway.lint.modules import Given, scan_module
from leastway.lint.readers import read_policies
from leastway.lint.reports import as_text
from leastway.policy import PolicyKind, parse_policy, policy_size, render
from leastway.policy.cases import CaseResult, read_case, read_policy_set, run_cases
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import compile_policies
from leastway.policy.explain import explain, render_explanation
from leastway.registry import EMPTY_DELTA, EMPTY_SET, ResourceKey, combined, read_delta
from leastway.resolve import DeploymentContext, RequestedResource, as_json, resolve
from tests.fuzz.reader import reader
from tests.unit.lint.readers.test_template import YAML as TEMPLATE

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
EXAMPLES = ROOT / "src" / "leastway" / "examples"
_GRANTS = [CASES / "grant" / "base" / "grant.yaml", *EXAMPLES.glob("*/grant.yaml")]

_SCORE = b"""apiVersion: score.dev/v1b1
metadata: {name: web}
containers:
  main:
    image: web:1
    variables: {DB: "${resources.db.host}", A: "$${B}"}
    files: {/etc/a/b: {content: c, mode: "0644"}}
    volumes: [{source: "${resources.data}", target: /data}]
    livenessProbe: {httpGet: {path: /live, port: 80}}
service: {ports: {www: {port: 80, targetPort: 8080}}}
resources: {db: {type: postgres, id: main}, data: {type: volume}}
"""
_DELTA = b"""{"modules": {"add": {"web": {"spec": {"a": [1]}}}, "remove": ["x"], "update": {"web": [
{"op": "add", "path": "/spec/a/-", "value": 2}, {"op": "remove", "path": "/spec/a", "value": {"scope": "delta"}}]}},
"shared": [{"op": "add", "path": "/a", "value": {"type": "dns"}}, {"op": "replace", "path": "/a/type", "value": 1}]}"""
BINDING = b"""apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: humanitec, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/humanitec
      username: humanitec
      groups: [system:masters]
"""
DETAILS = b"""{"UserDetailList": [{"UserName": "jane", "UserPolicyList": [{"PolicyName": "p", "PolicyDocument":
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}],
"AttachedManagedPolicies": [{"PolicyName": "A", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]}],
"GroupDetailList": [], "RoleDetailList": [{"RoleName": "r", "AssumeRolePolicyDocument": {"Version": "2012-10-17",
"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}}],
"Policies": [{"PolicyName": "q", "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true,
"Document": {"Version": "2012-10-17", "Statement": []}}]}]}"""
CASE = b"""{"id": "a", "identity_policies": [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action":
"s3:Get*", "Resource": "arn:aws:s3:::b/*", "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}, "StringLike":
{"s3:prefix": "${aws:username}/*"}, "Bool": {"aws:SecureTransport": true}, "DateLessThan": {"aws:CurrentTime":
"2026-01-01T00:00:00Z"}, "NumericLessThan": {"s3:max-keys": 5}}}]}], "scps": [[{"Version": "2012-10-17", "Statement":
[{"Effect": "Allow", "Action": "*", "Resource": "*"}]}]], "principal": "arn:aws:iam::111122223333:user/jane",
"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "context_keys": {"aws:SourceIp": "192.0.2.1",
"aws:CurrentTime": "2025-01-01T00:00:00Z", "s3:max-keys": 1}, "expected": "allowed"}""".replace(b"\n", b" ")

_SAVED_PLAN = b"""{"kind": "Plan", "format_version": 1, "leastway": "0.1.0", "made": "2026-01-01T00:00:00+00:00",
"grant": {"name": "acme", "file": "grant.yaml", "digests": {"grant.yaml": "sha256:0"}}, "profile": {"name": "x",
"digest": "sha256:0"}, "options": {"adopt": false, "trust_marks": false, "finish": false, "external_ids": "live",
"give_up": [], "accounts": ["1111*"], "clusters": []}, "external_ids": [{"account": "111122223333", "role": "x",
"current": "0", "others": ["1"], "stage": "changing"}], "changes": [{"address": "111122223333/role/x", "action":
"update", "wanted": {"name": "x"}, "stages": [{"name": "x"}], "observed": {"object": {"name": "x"}, "mark": null,
"owner": null, "unique_id": "1"}}], "unreadable": [{"where": "111122223333", "reason": "x", "fix": ""}]}"""


def _files(*paths: Path) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def _grants() -> Sequence[bytes]:
    return _files(*_GRANTS)


def _profiles() -> Sequence[bytes]:
    bundled = (ROOT / "src" / "leastway" / "grant" / "profiles").rglob("*.yaml")
    return _files(CASES / "grant" / "base" / "platform.yaml", *bundled)


def _definitions() -> Sequence[bytes]:
    return _files(*EXAMPLES.glob("*/definitions/*.yaml"))


def _policies() -> Sequence[bytes]:
    return [*_files(*EXAMPLES.glob("*/policies/*.json")), _policy_of_case()]


def _policy_of_case() -> bytes:
    import json

    return json.dumps(json.loads(CASE)["identity_policies"][0]).encode()


def _rules() -> Sequence[bytes]:
    return _files(*EXAMPLES.glob("*/rbac/*.yaml"), *(CASES / "grant" / "base" / "rbac").glob("*"))


def _linted() -> Sequence[bytes]:
    return [TEMPLATE.encode(), BINDING, DETAILS, *_policies()]


def _source(data: bytes, folder: Path) -> GrantFile:
    path = folder / "x.yaml"
    path.write_bytes(data)
    return GrantFile.read(path, limit=1 << 20)


def _told(problems: Sequence[Problem], path: Path) -> str | None:
    return GrantError(path, problems).diagnostics() if problems else None


@reader(
    "grant",
    _grants,
    "grant.load.load_for",
    "grant.load.load_grant",
    "grant.load.claim_of_file",
    "grant.structure.read_document",
    share=1.5,
)
def _grant(data: bytes, folder: Path) -> str | None:
    if not (folder / "policies").exists():
        shutil.copytree(CASES / "grant" / "base", folder, dirs_exist_ok=True)
    (folder / "grant.yaml").write_bytes(data)
    claim_of_file(folder / "grant.yaml")
    with contextlib.suppress(GrantError):
        _told(load_for(folder / "grant.yaml", Purpose.TAKE)[1], folder / "grant.yaml")
    return repr(load_grant(folder / "grant.yaml").name)


@reader("profile", _profiles, "grant.profile.load_profile", "grant.profile.read_profile", "grant.source.GrantFile.read")
def _profile(data: bytes, folder: Path) -> str | None:
    source = _source(data, folder)
    _, problems = read_profile(source)
    if not problems:
        load_profile(source.path)
    return _told(problems, source.path)


@reader("saved plan", lambda: [_SAVED_PLAN], "app.saved_plan.read_saved_plan", share=0.3)
def _saved_plan(data: bytes, folder: Path) -> str | None:
    (folder / "plan.json").write_bytes(data)
    found = read_saved_plan(folder / "plan.json")
    return None if found is None else f"{found.made} {found.name} {found.grant}"


@reader(
    "score",
    lambda: [_SCORE],
    "app.score.delta_of_file",
    "app.score.manifests_of_file",
    "workloads.module.read_workload",
    "workloads.score.read_score",
    share=0.5,
)
def _score(data: bytes, folder: Path) -> str | None:
    (folder / "score.yaml").write_bytes(data)
    return manifests_of_file(folder / "score.yaml", DeployTarget("shop", "development", "shop"))


@reader(
    "delta",
    lambda: [_DELTA],
    "registry.deployment_set.read_delta",
    "registry.json_patch.read_steps",
    share=0.5,
)
def _delta(data: bytes, folder: Path) -> str | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return combined(EMPTY_DELTA, read_delta(value)).apply_to(EMPTY_SET).id


@reader("profile named", lambda: [b"humanitec@v0.0.5", b"./x.yaml"])
def _profile_named(data: bytes, folder: Path) -> str | None:
    return named_profile(data.decode("utf-8", "surrogateescape")[:300]).name


@reader(
    "module",
    lambda: [
        b'variable "a" {\n  default = { x = 1 }\n}\nprovider "aws" {\n  access_key = var.a\n}\n',
        b'terraform {\n  backend "s3" {}\n}\ndata "external" "x" {}\n/* */ a = <<E\n${b}\nE\n',
    ],
    "lint.modules.hcl.read_module_file",
)
def _module(data: bytes, folder: Path) -> str | None:
    results, texts = scan_module({"main.tf": data, "b.tf": b'variable "b" {}'}, Given(frozenset({"a"}), True, "d"))
    return as_text(make_report(results, texts=texts, files=2, policies=0))


@reader(
    "definition",
    _definitions,
    "grant.definition_document.read_definition",
    "grant.load.load_definition",
    "registry.criterion.Criterion.parse",
    "registry.placeholder.parse_placeholders",
)
def _definition(data: bytes, folder: Path) -> str | None:
    source = _source(data, folder)
    told = _told(read_definition(source)[1], source.path)
    if not told:
        load_definition(source.path)
    return told


def _resources() -> list[bytes]:
    return [
        b'- s3.default#shared.files\n- {type: sqs, id: a, class: b, params: {x: "${resources.dns<route.outputs.a}"}}\n',
        b'{"modules": {"web": {"spec": {"a": "${externals.db.host}"}, "externals": {"db": {"type": "postgres"}}}}}',
        b'{"shared": {"dns": {"type": "dns", "id": "shared.x"}}}',
    ]


@reader(
    "resources",
    _resources,
    "app.resolve.read_request_file",
    "resolve.reading.read_request",
    "registry.resource_key.ResourceKey.parse",
)
def _requested(data: bytes, folder: Path) -> str | None:
    source = _source(data, folder)
    _, requested = read_request_file(source.path)
    resolve(_CONTEXT, (), requested)
    return None


_CONTEXT = DeploymentContext(organization="o", application="a", environment="e", environment_type="t")


def _platform_definitions() -> list[bytes]:
    return [
        b"""{"id": "a-b", "type": "s3", "driver_type": "humanitec/echo", "driver_account": "x", "driver_inputs": {
"values": {"a": ["${context.res.id}"]}, "secret_refs": {"k": {"value": "v"}, "l": {"store": "s", "ref": "r"}}},
"criteria": [{"id": "c", "env_type": "t", "class": "d"}],
"provision": {"dns#x": {"is_dependent": true, "params": {"p": 1}}}}""",
        b"""apiVersion: entity.humanitec.io/v1b1
kind: Definition
metadata: {id: a-b}
entity: {type: s3, driver_type: humanitec/echo, driver_inputs: {secrets: {a: b}}, criteria: [{}]}
""",
        b'[{"request": "POST /orgs/{orgId}/resources/defs", "body": {"id": "a", "type": "s3", "driver_type": "d"}}]',
    ]


@reader(
    "platform-definitions",
    _platform_definitions,
    "app.resolve.read_definition_folder",
    "resolve.reading.read_definition_body",
    "resolve.reading.read_secret_refs",
)
def _definition_folder(data: bytes, folder: Path) -> str | None:
    _source(data, folder)
    found = read_definition_folder(folder)
    return json.dumps(as_json(resolve(_CONTEXT, found.definitions, [RequestedResource(ResourceKey.parse("s3#x"))])))


@reader("rules", _rules, "grant.rbac_rules.read_rules", "grant.source.read_tree", "rbac.rule.RbacRule.parse")
def _rules_file(data: bytes, folder: Path) -> str | None:
    source = _source(data, folder)
    read_tree(source)
    return _told(read_rules(source)[1], source.path)


@reader("policy of a grant", _policies, "grant.attachments.read_policy")
def _policy_file(data: bytes, folder: Path) -> str | None:
    source = _source(data, folder)
    return _told(read_policy(source)[1], source.path)


@reader(
    "policy",
    _policies,
    "policy.model.parse.parse_policy",
    "policy.model.parse.parse_document",
    "policy.model.parse_statement.parse_statement",
    "policy.model.operator.Operator.parse",
    "policy.variables.parse_template",
)
def _policy(data: bytes, folder: Path) -> str | None:
    kind = list(PolicyKind)[len(data) % len(PolicyKind)]
    document = parse_policy(data, kind=kind, name="p.json", objections=[])
    policy_size(document)
    assert parse_policy(render(document), kind=kind, objections=[]) == document
    return None


@reader(
    "case",
    lambda: [CASE],
    "policy.cases.read_case",
    "policy.cases.read_policy_set",
    "policy.evaluate.principal.Caller.parse",
    "policy.evaluate.conditions.address.parse_range",
    "policy.evaluate.conditions.address.parse_address",
    "policy.evaluate.conditions.date.parse_date",
    "policy.evaluate.conditions.number.parse_number",
)
def _case(data: bytes, folder: Path) -> str | None:
    text = data.decode("utf-8", "replace").replace("\n", " ")
    for result in run_cases([text], catalog=load_catalog(), name="c.jsonl"):
        if isinstance(result, CaseResult):
            case = result.case
            return render_explanation(explain(compile_policies(case.policies), case.request, load_catalog()))
    read_policy_set(text)
    return str(read_case(text, catalog=load_catalog()).line)


@cache
def _knowledge() -> Knowledge:
    from leastway.app.policy.lint import known_platforms

    return Knowledge(platforms=known_platforms())


@reader(
    "lint",
    _linted,
    "lint.readers.read.read_policies",
    "lint.readers.account_details.read",
    "lint.readers.manifests.read",
    "lint.readers.policy_document.read",
    "lint.readers.template.read",
    "lint.readers.yaml_values.read_document",
    "lint.readers.yaml_values.read_stream",
    "source.json_tree.read_json_tree",
    "source.yaml_tree.read_yaml",
    share=1.5,
)
def _lint(data: bytes, folder: Path) -> str | None:
    read = read_policies(data[:20_000], name="f.yaml")
    if read is None:
        return None
    outline, reading = read
    results = lint_reading(outline, reading, knowledge=_knowledge())
    return as_text(make_report(results, texts={"f.yaml": outline.text}, files=1, policies=1, catalog="today"))


@reader(
    "allowance",
    lambda: [b"over-size@a/*.json=we know", b"full-privileges=why"],
    "lint.allowance.Allowance.parse",
    share=0.2,
)
def _allowance(data: bytes, folder: Path) -> str | None:
    Allowance.parse(data.decode("utf-8", "replace"))
    return None
