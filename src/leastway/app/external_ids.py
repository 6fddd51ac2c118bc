"""External ids between the store, the live roles and the grant; `leastway.compiler.external_ids` is the judgement.

What changes nothing that is installed is written into the store by every plan, so that plan, export and apply name the
same ids. What opens or ends a change is written by `apply` alone, before it touches a role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leastway.compiler import (
    Choice,
    LiveRole,
    Question,
    Settled,
    ids_without_looking,
    principal_arn,
    role_keys,
    settle,
)
from leastway.errors import InvalidInputError
from leastway.estate import Address, ExternalIds, Kind, Place, Role, RoleIds, RoleKey, Stage, asked_ids
from leastway.grant import Grant, Identity, is_external_id, new_external_id
from leastway.ports import Observation, Store
from leastway.reconcile import Applied, ChangeAction, Held, Outcome, Plan

__all__ = ["address_of", "begin", "end", "expected", "held", "refuse_questions", "settled"]


def expected(grant: Grant, store: Store) -> ExternalIds:
    """Return the ids of every role as far as grant and store know them; where they do not, a guess."""
    return ids_without_looking(grant, store.external_ids(grant.name), _fresh(grant))


def settled(
    grant: Grant,
    store: Store,
    seen: Observation,
    *,
    choices: Mapping[RoleKey, Choice] | None = None,
    finish: bool = False,
) -> Settled:
    """Return the ids of every role, now that the live ones were read, and keep in the store what is certain.

    InvalidInputError when the grant or a live role has an id that another account has, and as `settle` raises it.
    """
    live = _live(grant, seen)
    found = settle(grant, store.external_ids(grant.name), live, _fresh(grant), choices=choices, finish=finish)
    _claim(grant, store, found)
    store.keep(grant.name, found.to_keep())
    return found


def begin(grant: Grant, store: Store, found: Settled, plan: Plan) -> None:
    """Keep the ids of the roles that are about to be changed, before the first write to them.

    Of a role that another tool owns, that its change ends: the next export tells that tool.
    """
    actions = {change.address: change.action for change in plan}
    begun: dict[RoleKey, RoleIds] = {}
    for key, state in found.states.items():
        action = actions.get(address_of(key))
        ends = action is ChangeAction.FOREIGN and state.ids.stage is Stage.FINISHING
        if action is not None and (action.writes or ends) and state.ids != state.stored:
            begun[key] = state.ids
    store.keep(grant.name, begun)


def end(grant: Grant, store: Store, applied: Applied, found: Settled) -> None:
    """Forget the ids that roles were seen to accept no more."""
    done = {result.change.address for result in applied.having(Outcome.DONE)}
    over = {
        key: RoleIds(state.ids.told)
        for key, state in found.states.items()
        if state.ids.stage is Stage.FINISHING and address_of(key) in done
    }
    store.keep(grant.name, over)


def held(found: Settled) -> Mapping[Address, Held]:
    """Return what must not be changed before a person has answered."""
    return {address_of(one.key): Held(one.text, one.fix) for one in found.questions}


def refuse_questions(questions: Iterable[Question]) -> None:
    """InvalidInputError when there is a question, and nobody to ask."""
    for one in questions:
        raise InvalidInputError(one.text, where=f"{one.account}/role/{one.role}", fix=one.fix)


def address_of(key: RoleKey) -> Address:
    """Return the address of a role."""
    return Address(Place(key[0]), Kind.ROLE, key[1])


def _fresh(grant: Grant) -> dict[str, str]:
    return {account.id: new_external_id() for account in grant.accounts}


def _live(grant: Grant, seen: Observation) -> dict[RoleKey, LiveRole | None]:
    """Return what is known of the live roles. A role of another grant counts as none: it is never changed."""
    unread = {problem.where for problem in seen.unreadable}
    found: dict[RoleKey, LiveRole | None] = {}
    for account in grant.accounts:
        inside = grant.identity is Identity.IAM_USER
        principal = str(principal_arn(grant, account) if inside else grant.platform.principal)
        for key in role_keys(grant, account):
            address = address_of(key)
            if address in unread or address.place in unread:
                continue
            one = seen.objects.get(address)
            is_other = one is not None and one.mark is not None and one.mark.grant != grant.name
            if one is None or is_other or not isinstance(one.object, Role):
                found[key] = None
            else:
                asked = asked_ids(one.object.trust, principal)
                ids = tuple(filter(is_external_id, asked.ids))  # what STS takes from nobody lets in nobody
                found[key] = LiveRole(replace(asked, ids=ids), one.mark is not None)
    return found


def _claim(grant: Grant, store: Store, found: Settled) -> None:
    """Let the ids of each account's roles be its own. InvalidInputError, with the way out, where one is another's."""
    new: dict[str, set[str]] = {}
    for key, state in found.states.items():
        if state.ids != state.stored:
            new.setdefault(key[0], set()).update(state.ids.claimed)
    for account in grant.accounts:
        ids = new.get(account.id, set())
        named = {account.external_id, *(role.external_id for role in account.roles)}
        try:
            store.claim(grant.name, account.id, ids)
        except InvalidInputError as error:
            if ids <= named:
                raise
            raise InvalidInputError(
                f"a role that is there asks for an external id of another account: {error.what}",
                where=f"{grant.name}/{account.id}",
                fix="give this account an `external_id` of its own in the grant (openssl rand -hex 32 makes one),"
                " apply, and tell it to the platform",
            ) from error
