"""Which API is meant: from the environment, or the file `~/.humctl` of Humanitec's command line.

`HUMANITEC_ORG`, `HUMANITEC_TOKEN` and `HUMANITEC_API_PREFIX` are those of Humanitec's Terraform provider;
`HUMANITEC_URL` is another name of the last one. What the environment does not have is read from `~/.humctl` (YAML:
`apiPrefix`, `org`, `token`), if a file is there; not in the environment of `leastway sandbox`, since it names a real
organization. Source: the provider's documentation, "Schema".
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from leastway.errors import InvalidInputError
from leastway.humanitec.client import HumanitecApi
from leastway.primitives import Secret, is_loopback, read_file, split_web_url
from leastway.source import SourceText, decoded, plain

__all__ = ["api_from_environment", "checked_api"]

_URL = "https://api.humanitec.io"
_TOKEN = re.compile(r"[!-~]+")
_LARGEST = 1 << 20
_PRACTICE = "LEASTWAY_SANDBOX_GRANT"
"""Set in the environment of `leastway sandbox`."""
_MEMBERS = {"url": "apiPrefix", "organization": "org", "token": "token"}


def api_from_environment(environment: Mapping[str, str] | None = None, *, where: str, also: str = "") -> HumanitecApi:
    """Return the API that the environment or `~/.humctl` names.

    `where` is the option or command that needs it, `also` what else could be set.

    Errors: InvalidInputError, which names the variable or the file.
    """
    env = os.environ if environment is None else environment
    url = env.get("HUMANITEC_API_PREFIX") or env.get("HUMANITEC_URL") or ""
    organization, token = env.get("HUMANITEC_ORG", ""), env.get("HUMANITEC_TOKEN", "").strip()
    if not organization or not token:
        written = _humctl(env)
        url = url or written.get("url", "")
        organization = organization or written.get("organization", "")
        token = token or written.get("token", "").strip()
    names = {"HUMANITEC_ORG": organization, "HUMANITEC_TOKEN": token}
    if missing := [name for name, value in names.items() if not value]:
        raise InvalidInputError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            where=where,
            fix=f"set the organization and a token that may change its cloud accounts{also}",
        )
    return checked_api(url or _URL, organization, Secret(token), where=where)


def checked_api(url: str, organization: str, token: Secret, *, where: str) -> HumanitecApi:
    """Return the API at `url`. Errors: InvalidInputError for an address that no token may be sent to."""
    parts = split_web_url(url.rstrip("/"))
    if (
        parts is None
        or parts.query
        or parts.fragment
        or (parts.scheme == "http" and not is_loopback(parts.hostname or ""))
    ):
        raise InvalidInputError(
            "HUMANITEC_API_PREFIX (or HUMANITEC_URL) is not an https address, so no token is sent to it",
            where=where,
            fix="write it as https://HOST",
        )
    if not _TOKEN.fullmatch(token.reveal()):
        raise InvalidInputError("HUMANITEC_TOKEN is not a valid token", where=where, fix="copy it again")
    return HumanitecApi(url.rstrip("/"), organization, token)


def _humctl(env: Mapping[str, str]) -> dict[str, str]:
    """Return the members of `~/.humctl`; nothing in a sandbox, without a home or a file. Errors: InvalidInputError."""
    if not env.get("HOME") or env.get(_PRACTICE):
        return {}
    path = Path(env["HOME"]) / ".humctl"
    if not os.path.lexists(path):
        return {}
    from leastway.source.yaml_tree import Dialect, read_yaml

    fix = "correct the file, or set HUMANITEC_ORG and HUMANITEC_TOKEN"
    text = SourceText(decoded(read_file(path, limit=_LARGEST), str(path)), str(path))
    stream = read_yaml(text, Dialect(deepest=10, most_events=1_000, is_strict=True, quote=lambda _: "a value"))
    if stream.defects or len(stream.documents) != 1:
        defect = next(iter(stream.defects), None)
        line = f":{text.position(defect.start, defect.end).line}" if defect else ""
        raise InvalidInputError("it is not valid YAML", where=f"{path}{line}", fix=fix)
    found = plain(stream.documents[0])
    if not isinstance(found, dict):
        raise InvalidInputError("it is not a mapping", where=str(path), fix=fix)
    values = {name: found.get(member) for name, member in _MEMBERS.items()}
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise InvalidInputError(f"{_MEMBERS[name]} is not a string", where=str(path), fix=fix)
    return {name: value for name, value in values.items() if isinstance(value, str)}
