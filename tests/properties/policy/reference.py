"""A second, deliberately naive evaluator on plain JSON: no index, no compilation, no regular expressions for wildcards.

It follows the same documentation pages as `leastway.policy.evaluate` and shares no code with it, so that both do not
make the same mistake. Use it on small inputs only: its wildcards take exponential time.
"""

import base64
import datetime as dt
import ipaddress
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
ALLOWED, IMPLICIT, EXPLICIT = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied"


class Unresolved(Exception):  # noqa: N818  # not an error: a variable without a value
    pass


def decide(policies: Json, request: Json) -> str:
    """Return the decision; `policies` has the fields of PolicySet as JSON documents, lists, or lists of lists."""
    caller = _caller(request["caller"])
    context = {key.lower(): value for key, value in request["context"].items() if value != []}
    resource = request["resource"]
    segments = resource.split(":")
    in_arn = segments[4] if len(segments) > 5 and segments[4].isdigit() else None
    owner = request["resource_account"] or in_arn or caller["account"]
    ask = {**request, "caller": caller, "context": context}
    if request["action"].lower() == "sts:getcalleridentity" and caller["kind"] != "anonymous":
        return ALLOWED
    has_account = caller["account"] is not None
    has_policies = has_account and caller["kind"] != "root"
    management = policies.get("management_account")
    scps = policies.get("scps", []) if has_account and not caller["linked"] and caller["account"] != management else []
    rcps = policies.get("rcps", []) if not caller["linked"] and (owner is None or owner != management) else []
    identity, boundary, session = (
        [*policies.get(name, [])] if has_policies else [] for name in ("identity", "boundary", "session")
    )
    resource_policy = policies.get("resource")
    if boundary and resource_policy:
        ask["has_boundary"] = True
    others = [*session, *(d for level in (*scps, *rcps) for d in level)]
    own = [*identity, *boundary]
    if _found(own, "Deny", ask, short=True) or _found(others, "Deny", ask):
        return EXPLICIT
    if _closest([resource_policy] if resource_policy else [], "Deny", ask):
        return EXPLICIT
    closest = _closest([resource_policy] if resource_policy else [], "Allow", ask)
    if any(not _found(level, "Allow", ask) for level in scps):
        return IMPLICIT
    if not has_account:
        return ALLOWED if closest == 3 else IMPLICIT
    is_root = caller["kind"] == "root"
    if is_root and request["action"].lower() == "sts:assumerole":
        return IMPLICIT
    bounded = not boundary or _found(boundary, "Allow", ask, short=True)
    bounded = bounded and (not session or _found(session, "Allow", ask))
    may = is_root or _found(identity, "Allow", ask, short=True)
    if caller["account"] != owner:
        return ALLOWED if may and bounded and closest >= 1 else IMPLICIT
    service = request["action"].lower().split(":")[0]
    named = (service == "sts" and ":role/" in resource) or (service == "kms" and ":key/" in resource)
    if closest == 3 or (closest == 2 and bounded):
        return ALLOWED
    return ALLOWED if may and bounded and (not named or closest >= 1) else IMPLICIT


def _caller(text: str) -> Json:
    parts = text.split(":")
    if text == "*":
        return {"kind": "anonymous", "account": None, "names": [], "linked": False}
    if len(parts) < 6:
        return {"kind": "service", "account": None, "names": [(3, text)], "linked": False}
    account, rest = parts[4], parts[5].split("/")
    names = [(1, account), (1, f"arn:aws:iam::{account}:root")]
    match rest[0]:
        case "root":
            return {"kind": "root", "account": account, "names": names, "linked": False}
        case "user":
            return {"kind": "user", "account": account, "names": [(3, text), *names], "linked": False}
        case "federated-user":
            return {"kind": "federated", "account": account, "names": [(3, text), *names], "linked": False}
        case "role":
            return {"kind": "role", "account": account, "names": [(2, text), *names], "linked": False}
    linked = rest[1].startswith("AWSServiceRoleFor")
    role = (2, f"arn:aws:iam::{account}:role/*/{rest[1]}")
    return {"kind": "session", "account": account, "names": [(3, text), role, *names], "linked": linked}


def _found(documents: list[Json], effect: str, ask: Json, *, short: bool = False) -> bool:
    """Whether a statement matches; `short`: AWS documents that short ARNs are completed in this kind of policy."""
    return any(
        _matches(document, statement, effect, ask, short=short)
        for document in documents
        for statement in _list(document["Statement"])
    )


def _closest(documents: list[Json], effect: str, ask: Json) -> int:
    """How closely the matching statements name the caller: 0 not, 1 its account, 2 its role or user, 3 itself."""
    found = [
        _closeness(statement, effect, ask)
        for document in documents
        for statement in _list(document["Statement"])
        if _matches(document, statement, effect, ask)
    ]
    return max(found, default=0)


def _closeness(statement: Json, effect: str, ask: Json) -> int:
    if "Principal" in statement:
        return _named(statement["Principal"], ask["caller"])
    if effect == "Deny" and ask.get("has_boundary"):
        return 3
    return 0 if _named(statement["NotPrincipal"], ask["caller"]) else 3


def _named(principal: Any, caller: Json) -> int:
    if principal == "*" or "*" in _list(principal.get("AWS", [])):
        return 3
    if caller["kind"] == "service":
        return 3 if caller["names"][0][1] in _list(principal.get("Service", [])) else 0
    closeness = [
        level
        for level, known in caller["names"]
        for name in _list(principal.get("AWS", []))
        if name == known or (level == 2 and ":role/" in name and name.split("/")[-1] == known.split("/")[-1])
    ]
    return max(closeness, default=0)


def _matches(document: Json, statement: Json, effect: str, ask: Json, *, short: bool = False) -> bool:
    """Whether the statement matches; what AWS does not document matches for a Deny and not for an Allow."""
    variables = document.get("Version") == "2012-10-17"
    doubt = effect == "Deny"
    return (
        statement["Effect"] == effect
        and _action(statement, ask["action"])
        and _resource(statement, ask, variables, short or doubt is ("NotResource" not in statement))
        and all(
            _condition(operator, key.lower(), [str(value) for value in _list(values)], ask["context"], variables, doubt)
            for operator, tests in statement.get("Condition", {}).items()
            for key, values in tests.items()
        )
    )


def _action(statement: Json, action: str) -> bool:
    if "Action" in statement:
        return any(_same_action(pattern, action) for pattern in _list(statement["Action"]))
    return not any(_same_action(pattern, action) for pattern in _list(statement["NotAction"]))


def _same_action(pattern: str, action: str) -> bool:
    if pattern == "*":
        return True
    service, name = pattern.lower().split(":")
    asked_service, asked_name = action.lower().split(":")
    return service in ("*", asked_service) and _like(list(name), asked_name)


def _resource(statement: Json, ask: Json, variables: bool, short: bool) -> bool:
    if "Resource" in statement:
        return any(_same_resource(pattern, ask, variables, short) is True for pattern in _list(statement["Resource"]))
    if "NotResource" in statement:
        patterns = _list(statement["NotResource"])
        return all(_same_resource(pattern, ask, variables, short) is False for pattern in patterns)
    return True


def _same_resource(pattern: str, ask: Json, variables: bool, short: bool) -> bool | None:
    if pattern == "*":
        return True
    try:
        wanted = _segments(pattern, ask["context"], variables, resource=True)
    except Unresolved:
        return None
    if short and pattern.startswith("arn:"):
        wanted += [["*"]] * (6 - len(wanted))
    asked = ask["resource"].split(":", 5)
    if len(wanted) < 6 and wanted[-1] and wanted[-1][-1] == "*":
        asked = [*asked[: len(wanted) - 1], ":".join(asked[len(wanted) - 1 :])]
    return len(wanted) == len(asked) and all(_like(*pair) for pair in zip(wanted, asked, strict=True))


def _segments(pattern: str, context: Json, variables: bool, *, resource: bool) -> list[list[str]]:
    """Split an ARN pattern at its literal colons; each segment is a list of characters and wildcards."""
    segments: list[list[str]] = [[]]
    for token, is_literal in _tokens(pattern, context, variables, first_place=5 if resource else 0):
        if token == ":" and not is_literal and len(segments) < 6:
            segments.append([])
        else:
            segments[-1].append(f"={token}" if is_literal else token)
    return segments


def _tokens(text: str, context: Json, variables: bool, first_place: int = 0) -> list[tuple[str, bool]]:
    """Return the characters; those from a variable are marked as literal."""
    tokens: list[tuple[str, bool]] = []
    position = 0
    while position < len(text):
        end = text.find("}", position) if variables and text.startswith("${", position) else -1
        if end < 0:
            tokens.append((text[position], False))
            position += 1
            continue
        body = text[position + 2 : end]
        if body in ("*", "?", "$"):
            tokens.append((body, True))
        else:
            if sum(token == (":", False) for token in tokens) < first_place:
                raise Unresolved
            name, _, default = body.partition(", ")
            value = context.get(name.lower(), default.strip("'") if default else None)
            if not isinstance(value, str):
                raise Unresolved
            tokens += [(character, True) for character in value]
        position = end + 1
    return tokens


def _like(pattern: list[str], text: str) -> bool:
    if not pattern:
        return not text
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        return any(_like(rest, text[start:]) for start in range(len(text) + 1))
    return bool(text) and (head == "?" or head[-1] == text[0]) and _like(rest, text[1:])


def _condition(operator: str, key: str, values: list[str], context: Json, variables: bool, doubt: bool) -> bool:
    prefix, _, name = operator.lower().rpartition(":")
    if name == "null":
        return str(key not in context).lower() in [value.lower() for value in values]
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated = "not" in name
    sent = context.get(key)
    if sent is None:
        return if_exists or prefix == "forallvalues" or (negated and not prefix)
    if not prefix:
        if isinstance(sent, str) or len(sent) == 1:
            return _holds(name, sent if isinstance(sent, str) else sent[0], values, context, variables)
        return negated and doubt
    several = [] if sent in ("", [""]) else [sent] if isinstance(sent, str) else sent
    outcomes = [_holds(name, value, values, context, variables) for value in several]
    return all(outcomes) if prefix == "forallvalues" else any(outcomes)


def _holds(name: str, sent: str, values: list[str], context: Json, variables: bool) -> bool:
    outcomes = [_compare(name.replace("not", ""), sent, value, context, variables) for value in values]
    if "not" in name:
        return all(outcome is False for outcome in outcomes)
    return any(outcome is True for outcome in outcomes)


def _compare(name: str, sent: str, value: str, context: Json, variables: bool) -> bool | None:
    """Compare two values; None if one of them is malformed."""
    try:
        if name.startswith("string"):
            tokens = _tokens(value, context, variables)
            if name == "stringlike":
                return _like([f"={token}" if is_literal else token for token, is_literal in tokens], sent)
            wanted = "".join(token for token, _ in tokens)
            return wanted.lower() == sent.lower() if name.endswith("ignorecase") else wanted == sent
        if name.startswith("arn"):
            wanted_segments = _segments(value, context, variables, resource=False)
            asked = sent.split(":", 5)
            if len(asked) < 6 or len(wanted_segments) < 6:
                return None
            return all(_like(*pair) for pair in zip(wanted_segments, asked, strict=True))
        if name.startswith("numeric"):
            return _order(name.removeprefix("numeric"), Decimal(sent), Decimal(value))
        if name.startswith("date"):
            return _order(name.removeprefix("date"), _date(sent), _date(value))
        if name == "bool":
            return sent.lower() == value.lower() if value.lower() in ("true", "false") else None
        if name == "binaryequals":
            return base64.b64decode(sent, validate=True) == base64.b64decode(value, validate=True)
        return ipaddress.ip_address(sent) in ipaddress.ip_network(value, strict=False)
    except (Unresolved, ArithmeticError, ValueError):
        return None


def _order(name: str, sent: Decimal, value: Decimal) -> bool:
    is_equal = name.endswith("equals") and sent == value
    return (
        is_equal or (name.startswith("lessthan") and sent < value) or (name.startswith("greaterthan") and sent > value)
    )


def _date(text: str) -> Decimal:
    if all(character in "+-.0123456789" for character in text) and "-" not in text[1:]:
        return Decimal(text)
    moment = dt.datetime.fromisoformat(text)
    return Decimal((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
