"""Which operations have an output with members that look like credentials: the scan behind the table of answers.

It errs on the side of too many: each operation that it finds is in the table, or in its list of reviewed ones. It reads
the models as JSON, since botocore's shape objects take ten times as long.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

_LIKE: Final = re.compile(
    r"secret|password|passwd|privatekey|keymaterial|credential|apikey|accesskey(?!id)|presigned|signedurl|plaintext"
    r"|authorizationcode|signinurl|streamingurl|userdata|connectionstring|authorizedurl|loginurl|kubeconfig|authurl"
    r"|embedurl|stringseed|jwt|token(value)?$",
    re.IGNORECASE,
)
_NOT: Final = re.compile(
    r"(arn|count|status|policy|id|enabled|expir\w*|type|types|version|mode|date|time|name|fingerprint|length|age"
    r"|description|provider)$|lastused|lastrotated|rotation|requires|haspass"
    r"|(next|page|pagination|continuation|client|request|lock|change|update|idempotency|marker|sequence|shard|starting"
    r"|snapshot|resume|forward|backward|cursor|task|progress|read|state|sync|poll|search|version|event|checkpoint|scroll"
    r"|concurrency|delete|creator|creation|batch|previous|set|list)\w*token$",
    re.IGNORECASE,
)


def operations_like_credentials(model: dict[str, Any]) -> set[str]:
    """Return the operations of a model (as JSON) with a member in their output that may carry credentials."""
    shapes = model["shapes"]
    inner: dict[str, set[str]] = {}
    carrying: set[str] = set()
    for name, shape in shapes.items():
        inner[name] = {each["shape"] for each in shape.get("members", {}).values()}
        inner[name] |= {shape[part]["shape"] for part in ("member", "value") if part in shape}
        if any(_is_like(key, shapes[each["shape"]]["type"]) for key, each in shape.get("members", {}).items()):
            carrying.add(name)
    grown = True
    while grown:
        more = {name for name, parts in inner.items() if name not in carrying and parts & carrying}
        grown = bool(more)
        carrying |= more
    return {name for name, each in model["operations"].items() if (each.get("output") or {}).get("shape") in carrying}


@cache
def _is_like(name: str, kind: str) -> bool:
    if kind in ("string", "blob"):
        return bool(_LIKE.search(name)) and not _NOT.search(name)
    return kind == "structure" and name.lower() == "credentials"
