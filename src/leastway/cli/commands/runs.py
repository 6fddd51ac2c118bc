"""`leastway runs`: start, list, show, follow, approve and cancel runs of Terraform on the platform's server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from leastway.cli.options import organization_option, place_argument
from leastway.cli.render.server_log import print_followed, print_log_line, print_lost
from leastway.cli.terminal import Styled, emit, headed, say
from leastway.errors import ExitCode

if TYPE_CHECKING:
    from leastway.app.runs import ServerRuns

__all__ = ["command"]

_COLOURS = {"succeeded": "green", "failed": "red", "cancelled": "yellow", "awaiting-approval": "cyan"}

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_follow = click.option("--follow", "-f", "is_followed", is_flag=True, help="Print the log until the run has ended.")
_approval = click.option("--approval", is_flag=True, help="Wait for an approval of the plan before it is applied.")


@click.group(name="runs")
def command() -> None:
    """Start, follow, approve and cancel runs of Terraform on the platform's server.

    A run makes, changes or destroys one resource of an environment, by the definition that matches it.
    The server is named by LEASTWAY_URL, and the token by LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN.
    """


@command.command(name="start")
@place_argument()
@click.argument("resource")
@click.option("--plan", "is_plan", is_flag=True, help="Show what would change, and change nothing.")
@_approval
@click.option("--param", "params", multiple=True, metavar="NAME=JSON", help="An input of the resource. Repeatable.")
@_follow
@organization_option
@_json
def start(
    place: tuple[str, str],
    resource: str,
    is_plan: bool,
    approval: bool,
    params: tuple[str, ...],
    is_followed: bool,
    organization: str | None,
    as_json: bool,
) -> int:
    """Provision RESOURCE, as TYPE#ID or TYPE.CLASS#ID, in an environment.

    Exit codes: 0 started, or succeeded with --follow; 1 could not complete; 3 the run failed or was cancelled.
    """
    action = "plan" if is_plan else "apply"
    given = dict(map(_param, params))
    return _created(place, resource, action, approval, given, is_followed, organization, as_json)


@command.command(name="destroy")
@place_argument()
@click.argument("resource")
@_approval
@_follow
@organization_option
@_json
def destroy(
    place: tuple[str, str], resource: str, approval: bool, is_followed: bool, organization: str | None, as_json: bool
) -> int:
    """Destroy RESOURCE. This uses the definition version, the source and the inputs that made it."""
    return _created(place, resource, "destroy", approval, {}, is_followed, organization, as_json)


@command.command(name="list")
@place_argument(required=False)
@click.option("--unfinished", is_flag=True, help="Only those that have not ended.")
@click.option("--most", type=click.IntRange(1, 100), default=50, show_default=True, help="How many, the newest first.")
@organization_option
@_json
def list_runs(
    place: tuple[str, str] | None, unfinished: bool, most: int, organization: str | None, as_json: bool
) -> None:
    """List runs, the newest first."""
    found = _runs(organization).every(most, unfinished=unfinished, place=place)
    if as_json:
        emit("runs-list", {"runs": list(found)})
        return
    if not found:
        say("no run is unfinished" if unfinished else "there are no runs")
    for one in found:
        _say_head(one)


@command.command(name="show")
@click.argument("run")
@click.option("--calls", "with_calls", is_flag=True, help="Also the AWS calls that the gateway judged.")
@organization_option
@_json
def show(run: str, with_calls: bool, organization: str | None, as_json: bool) -> None:
    """Show one run. It says what it is for, what its plan changes, how far it is, and why it failed."""
    runs = _runs(organization)
    found = runs.one(run)
    calls = runs.calls(run) if with_calls else ()
    if as_json:
        emit("runs-show", {**found, "calls": list(calls)} if with_calls else found)
        return
    _say_run(found)
    for call in calls:
        _say_call(call)
    if calls:
        counts = Counter(call["decision"] for call in calls)
        say(f"  {'calls':12}  {', '.join(f'{count} {decision}' for decision, count in counts.most_common())}")


@command.command(name="logs")
@click.argument("run")
@_follow
@organization_option
@_json
def logs(run: str, is_followed: bool, organization: str | None, as_json: bool) -> int:
    """Print the log of a run. --follow goes on until it has ended, also if the server is started again meanwhile.

    Exit codes: 0 printed, or succeeded with --follow; 1 could not complete; 3 the run failed or was cancelled.
    """
    runs = _runs(organization)
    if is_followed:
        return _followed(runs, run, as_json)
    for line in runs.lines(run):
        print_log_line(line, _headed if as_json else None)
    return ExitCode.DONE


@command.command(name="cancel")
@click.argument("run")
@organization_option
def cancel(run: str, organization: str | None) -> None:
    """Cancel a run. It is interrupted, saves its state, and is ended if it does not end."""
    cancelled = _runs(organization).cancel(run)
    if cancelled.get("status") == "cancelled":
        say(f"cancelled {cancelled['id']}: it had not begun")
    else:
        say(f"cancelling {cancelled['id']}: leastway runs logs -f {cancelled['id']} shows its end")


@command.command(name="approve")
@click.argument("run")
@click.option("--plan", "plan_digest", metavar="DIGEST", help="Approve this plan only; `runs show` prints its digest.")
@organization_option
def approve(run: str, plan_digest: str | None, organization: str | None) -> None:
    """Approve the plan of a run that waits for it."""
    approved = _runs(organization).approve(run, plan_digest)
    say(f"approved: {approved['id']} applies plan {str(approved['plan_digest'])[:12]}")


def _created(
    place: tuple[str, str],
    resource: str,
    action: str,
    approval: bool,
    params: Mapping[str, Any],
    is_followed: bool,
    organization: str | None,
    as_json: bool,
) -> int:
    runs = _runs(organization)
    made = runs.create(place, resource, action, approval=approval, params=params)
    for warning in made["warnings"]:
        say(Styled("warning: ", "yellow"), warning, err=True)
    if not is_followed:
        if as_json:
            emit("runs-start", made)
        else:
            say(f"started: {made['id']}")
        return ExitCode.DONE
    if not as_json:
        say(f"run {made['id']}", err=True)
    return _followed(runs, made["id"], as_json)


def _followed(runs: ServerRuns, run: str, as_json: bool) -> int:
    ended = print_followed(runs.follow(run, print_lost), _COLOURS, _headed if as_json else None)
    return ExitCode.DONE if ended["status"] == "succeeded" else ExitCode.NEGATIVE


def _headed(line: Mapping[str, Any]) -> Mapping[str, object]:
    return headed("runs-log", line)


def _runs(organization: str | None) -> ServerRuns:
    from leastway.app.runs import ServerRuns
    from leastway.app.server_client import ServerClient

    return ServerRuns(ServerClient.from_environment(), organization)


def _param(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.BadParameter(f"{text!r} is not NAME=JSON", param_hint="--param")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def _say_head(run: Mapping[str, Any]) -> None:
    status = run["status"]
    phase = f" in {run['phase']}" if status == "running" and run["phase"] else ""
    what = f"{run['action']:7}  {run['app_id']}/{run['env_id']}  {run['resource']}"
    say(f"{run['created_at'][:19]}Z  {run['id']}  {what}  ", Styled(f"{status}{phase}", _COLOURS.get(status)))


def _say_run(run: Mapping[str, Any]) -> None:
    _say_head(run)
    for name, value in _facts(run):
        say(f"  {name:12}  {value}")
    plan = run["plan"] or {}
    for word in ("create", "update", "replace", "delete"):
        for address in plan.get(word, ()):
            say(f"  {word:12}  {address}")
    for finding in plan.get("findings", ()):
        say("  ", Styled(f"{'finding':12}", "yellow"), f"  {finding}")
    for warning in run["warnings"]:
        say("  ", Styled(f"{'warning':12}", "yellow"), f"  {warning}")
    if run["error"]:
        say("  ", Styled(f"{'error':12}", "red"), f"  {run['error']}")
    if run["status"] == "awaiting-approval":
        say(f"  approve it with: leastway runs approve {run['id']} --plan {run['plan_digest']}")


def _facts(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "definition", f"{run['def_id']}, version {run['def_version_id']}"
    if run["driver_account"]:
        yield "account", f"{run['driver_account']}{', as ' + run['role'] if run['role'] else ''}"
    yield "credentials", run["credentials"]
    mode = {"enforce": "enforced", "observe": "observed only"}[run["contract_mode"]]
    yield "contract", f"{run['contract'][:12]}, {mode}" if run["contract"] else "none known: calls are recorded only"
    if run["commit"]:
        yield "commit", run["commit"]
    if run["attempt"] > 1:
        yield "attempt", f"{run['attempt']}: the server was killed in those before"
    if run["plan_digest"]:
        yield "plan", run["plan_digest"]
    if run["ended_how"]:
        yield "ended", run["ended_how"]


def _say_call(call: Mapping[str, Any]) -> None:
    answer = f"{call['status']} {call['code']}".strip() if call["status"] is not None else "not sent"
    resources = ", ".join(call["resources"])
    reason = f" ({call['reason']})" if call["reason"] else ""
    operation = f"{call['service']}:{call['operation']}"
    say(f"  {call['number']:5}  {call['decision']:15}  {operation}  {resources}  {answer}{reason}")
