"""The files of `humanitec`: the same registrations for Terraform and for the API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from leastway.export.exporter import CannotExportError, ExportRequest
from leastway.export.hcl import hcl_text
from leastway.export.header import header_of
from leastway.export.humanitec import hcl
from leastway.export.humanitec.bodies import ACCOUNTS, DEFINITIONS, account_body, definition_body, secrets_in
from leastway.export.yaml_text import comment
from leastway.registry import Registrations

__all__ = ["Humanitec"]


class Humanitec:
    """Cloud accounts, clusters and resource definitions for Humanitec."""

    name = "humanitec"
    makes = "cloud accounts and resource definitions, as HCL for Humanitec's provider and as requests to its API"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return `terraform/*.tf`, `json/accounts/ID.json`, `json/definitions/ID.json` and a README."""
        found = request.registrations()
        if request.profile != "humanitec":
            raise CannotExportError(
                f"the platform of the grant is {request.profile}, not humanitec", where=request.grant
            )
        if not found.accounts:
            raise CannotExportError(
                "nothing to register: the grant has no clusters, and no roles with definitions",
                where=request.grant,
                fix="list what the platform creates with a role as its `definitions`",
            )
        return {**_terraform(request, found), **_json(request, found), "README.md": _readme(request, found)}


def _terraform(request: ExportRequest, found: Registrations) -> Mapping[str, str]:
    files = {
        "versions.tf": hcl.versions(),
        "variables.tf": hcl.variables(found),
        "accounts.tf": hcl.accounts(found.accounts),
        "definitions.tf": hcl.definitions(found.definitions, found.accounts),
    }
    texts = {name: hcl_text(items) for name, items in files.items()}
    head = comment(header_of(request, "registrations for the platform's Terraform provider", _bodies(found))) + "\n"
    return {f"terraform/{name}": head + text for name, text in texts.items() if text}


def _json(request: ExportRequest, found: Registrations) -> Mapping[str, str]:
    files = {f"json/accounts/{each.id}.json": (ACCOUNTS, account_body(each)) for each in found.accounts}
    for definition in found.definitions:
        files[f"json/definitions/{definition.id}.json"] = (DEFINITIONS, definition_body(definition))
    return {name: _request(request, path, body) for name, (path, body) in files.items()}


def _request(request: ExportRequest, path: str, body: Mapping[str, Any]) -> str:
    about = header_of(request, "a request to the platform's API", body)
    return json.dumps({"about": about, "request": f"POST {path}", "body": body}, indent=2) + "\n"


def _bodies(found: Registrations) -> list[Any]:
    return [*map(account_body, found.accounts), *map(definition_body, found.definitions)]


def _readme(request: ExportRequest, found: Registrations) -> str:
    head = "\n".join(header_of(request, "how to register the grant with the platform", _bodies(found), request.estate))
    return "\n".join((f"<!--\n{head}\n-->", *_words(request, found))) + "\n"


def _words(request: ExportRequest, found: Registrations) -> Iterator[str]:
    yield f"# Registration of the grant {request.grant} with Humanitec\n"
    yield "First give the platform access, with `leastway apply` or another export. Then register these files in one"
    yield "of two ways.\n"
    yield "## With Humanitec's Terraform provider\n"
    yield "```sh\ncd terraform\nterraform init\nHUMANITEC_ORG=... HUMANITEC_TOKEN=... terraform apply\n```\n"
    yield "## With its API\n"
    yield "Each file in `json` is one request. `auth` is a file of mode 0600 with `Authorization: Bearer ...`\n"
    yield "```sh"
    yield "jq .body json/accounts/ID.json | curl --fail-with-body -H @auth -H 'Content-Type: application/json' \\"
    yield "  --data-binary @- https://api.humanitec.io/orgs/ORG/resources/accounts"
    yield "```\n"
    yield "After the accounts, send `json/definitions/ID.json` to `resources/defs` in the same way.\n"
    secrets = [*(each.credentials for each in found.accounts), *(each.secrets for each in found.definitions)]
    names = {name: what for value in secrets for name, what in secrets_in(value).items()}
    if names:
        yield "## Secrets\n"
        yield "These files contain no secrets. Set them as Terraform variables, e.g. with `TF_VAR_name`:\n"
        yield from (f"- `{name}`: {what}." for name, what in sorted(names.items()))
        yield "\nIn the requests they are `null`. Fill in a user's key from the file that leastway wrote like this:\n"
        yield "```sh"
        yield "jq --slurpfile key KEY.json '.body | .credentials = $key[0]' json/accounts/ID.json | curl ..."
        yield "```\n"
    if any("variables" in each.secrets for each in found.definitions):
        yield "Modules that get the user's key can read it, and so can anyone who changes these modules. With the"
        yield "identity `trust-role`, they get temporary credentials of their role instead."
