"""A module's own backend, which a definition can keep: it must not hold keys, in its text or after `init`.

Those that it needs come from the environment or by `assume_role`. The text is judged before `init`, which would use
the keys; what `init` left is judged too, because the text can be written in a form that is not read here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.lint.modules.hcl import ModuleFileError, ParsedBlock, read_module_file

__all__ = ["check_declared_backend", "refuse_secrets"]

_SECRET = re.compile(
    r"access_key|secret_key|token|password|client_secret|sas_token|credentials|private_key|client_key|encryption_key"
    r"|conn_str|sse_customer_key|secret_id"
)
_SAFE: Final = frozenset(
    {"shared_credentials_file", "shared_credentials_files", "token_file", "web_identity_token_file"}
    | {"skip_credentials_validation"}
)
_TEXT: Final = (".tf", ".tofu")
_JSON: Final = (".tf.json", ".tofu.json")


def check_declared_backend(files: Mapping[str, bytes]) -> None:
    """Refuse a backend with keys in the files of a module, by name. Errors: InvalidInputError, without any value."""
    for name, content in sorted(files.items()):
        for kind, fields in _declared(name, content):
            refuse_secrets(kind, fields, where=name)


def refuse_secrets(kind: str, fields: Iterable[str], *, where: str) -> None:
    """Errors: InvalidInputError if the name of a field of a backend says that it is a credential."""
    if secrets := sorted(name for name in fields if _SECRET.search(name) and name not in _SAFE):
        raise InvalidInputError(
            f"the module's backend {kind!r} holds credentials: {', '.join(secrets)}",
            where=where,
            fix="remove them: a backend gets its credentials from the environment, or by assume_role",
        )


def _declared(name: str, content: bytes) -> Iterator[tuple[str, set[str]]]:
    if name.endswith(_JSON):
        yield from _in_json(content)
        return
    if not name.endswith(_TEXT):
        return
    try:
        file = read_module_file(content, name)
    except ModuleFileError:
        return  # Terraform says what is wrong with it
    for terraform in file.of_type("terraform"):
        for block in terraform.blocks:
            if block.type == "backend":
                yield "".join(block.labels), set(_fields(block))


def _fields(block: ParsedBlock) -> Iterator[str]:
    yield from block.attributes
    for inner in block.blocks:
        yield from inner.attributes


def _in_json(content: bytes) -> Iterator[tuple[str, set[str]]]:
    try:
        root = json.loads(content)
    except (ValueError, RecursionError):
        return
    for outer in _objects(root):
        for terraform in _objects(outer.get("terraform")):
            for backends in _objects(terraform.get("backend")):
                for kind, body in backends.items():
                    for each in _objects(body):
                        yield (
                            kind,
                            {*each, *(name for inner in each.values() for one in _objects(inner) for name in one)},
                        )


def _objects(value: object) -> list[dict[str, Any]]:
    every = value if isinstance(value, list) else [value]
    return [each for each in every if isinstance(each, dict)]
