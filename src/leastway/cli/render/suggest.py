"""The text of a suggestion: refusals first, then the policy, its limits, and the verdict about the grant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from leastway.cli.terminal import Styled, say, say_lines

__all__ = ["print_suggestion"]

_VERDICTS: Final = {
    "proved": "proved: the contract of grant {} permits all of it",
    "refuted": "refuted: the contract of grant {} does not permit all of it. The grant would have to permit this too:",
    "unknown": "unknown: it is not proved that the contract of grant {} permits all of it. Not proved:",
}


def print_suggestion(found: Mapping[str, Any], name: str) -> None:
    """Print what was suggested for a run or a definition."""
    if not found["roles"]:
        say(f"{name}: no AWS call of a run is recorded, so there is nothing to suggest")
        return
    for role in found["roles"]:
        _print_role(role)
    say(Styled("What this suggestion cannot know"))
    for limit in found["limits"]:
        say(f"- {limit}")


def _print_role(role: Mapping[str, Any]) -> None:
    say(Styled(f"Suggestion for {role['role']}"))
    calls, runs = role["calls"], len(role["runs"])
    counted = f"{calls} call{'s' if calls != 1 else ''} of {runs} run{'s' if runs != 1 else ''}"
    say(f"from {counted}; nothing is changed by it")
    if role["refused"]:
        say(Styled("Refused:", "red"))
        for one in role["refused"]:
            times = f" ({one['count']} times)" if one["count"] > 1 else ""
            say(f"- {one['operation']} by {one['by']}{times}: {one['reason']}")
    for policy in role["policies"]:
        say_lines(json.dumps(policy, indent=2))
    if role["widened"]:
        say(f"The calls did not show the resources of: {', '.join(role['widened'])}. Narrow these by hand.")
    if role["unnamed"]:
        say(f"No action is known for: {', '.join(role['unnamed'])}. Add theirs by hand.")
    if role["verdict"] is None:
        say("No contract is known for this role, so nothing is proved: `leastway register` gives one to the server.")
    else:
        say(_VERDICTS[role["verdict"]].format(role["grant"]))
        for statement in role["beyond"]:
            say(f"- {', '.join(statement['Action'])} on {', '.join(statement['Resource'])}")
    say()
