"""Review a grant: put what plan, prove and verify find into words, for the page of `leastway export html`.

Without `live`, nothing is called: the page shows what the grant compiles to, the proofs about that, and "not read" for
everything else. With `live`, the accounts are read once, and the same functions judge as for `plan`, `prove --live` and
`verify`. External ids are cut to their first four characters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leastway import __version__
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, expected_ids, make_plan, plan_remarks
from leastway.app.progress import Progress
from leastway.app.prove import prove_compiled, prove_planned
from leastway.app.review.accounts import accounts
from leastway.app.review.sections import sections
from leastway.app.verify import caller_of, verify_grant
from leastway.compiler import notes
from leastway.errors import LeastwayError
from leastway.estate import Role, asked_ids
from leastway.export.review import Item, Review, page_of
from leastway.grant import profile_digest, profile_name
from leastway.primitives import write_private
from leastway.proof import Look, Proof
from leastway.verify import Verified

__all__ = ["Reviewed", "make_review", "write_review"]

_OFFLINE = (
    "No account was read, so no line has a state, and the picture shows every cluster as if its"
    " authentication mode were API. `leastway export html --live` reads the accounts and tries the access."
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The page as HTML text, and what it was made from: `planned` is None and `answers` are empty without `live`."""

    page: str
    proofs: tuple[Proof, ...]
    planned: Planned | None = None
    answers: tuple[Verified, ...] = ()


def make_review(open_grant: OpenGrant, *, live: bool = False, progress: Progress | None = None) -> Reviewed:
    """Return the page of the grant. With `live`, accounts and clusters are read, and the access is tried."""
    if not live:
        proofs = prove_compiled(open_grant, progress=progress)
        return Reviewed(page_of(_review(open_grant, proofs, None, ())), proofs)
    planned = make_plan(open_grant, look=Look.EVERYWHERE, progress=progress)
    proofs = prove_planned(open_grant, planned, progress=progress)
    answers = verify_grant(open_grant, planned, caller_of(open_grant), progress=progress)
    return Reviewed(page_of(_review(open_grant, proofs, planned, answers)), proofs, planned, answers)


def write_review(path: Path, page: str) -> None:
    """Write the page to the file `path`, for its owner only: it shows who has which access. Errors: LeastwayError."""
    try:
        if path.is_symlink():
            raise OSError(0, "it is a link, and leastway does not write through links")
        write_private(path, page)
    except OSError as error:
        fix = "give another file with --out"
        raise LeastwayError(f"the page cannot be written: {error.strerror}", where=str(path), fix=fix) from error


def _review(
    open_grant: OpenGrant, proofs: Sequence[Proof], planned: Planned | None, answers: Sequence[Verified]
) -> Review:
    grant = open_grant.grant
    remarks = plan_remarks(open_grant, planned) if planned else notes(grant)
    hide = hiding(external_ids(open_grant, planned))
    facts = [
        ("grant", f"{grant.name} ({grant.source.name})"),
        *((f"digest of {name}", digest) for name, digest in grant.digests),
        ("platform profile", profile_name(grant.platform)),
        ("digest of the profile", profile_digest(grant.platform)),
        ("principal of the platform", grant.platform.comes_in_as),
        ("identity", grant.identity.value),
        ("accounts and clusters", f"{len(grant.accounts)} and {sum(len(one.clusters) for one in grant.accounts)}"),
        (
            "accounts read",
            planned.now.isoformat(timespec="seconds") if planned else "no: this page shows the grant alone",
        ),
        ("page made", f"{open_grant.clock.now().isoformat(timespec='seconds')} by leastway {__version__}"),
    ]
    found = sections(open_grant, proofs, planned, answers, remarks)
    texts = [] if planned else [_OFFLINE]
    review = Review(grant.name, tuple(facts), tuple(texts), found, tuple(accounts(open_grant, proofs, planned)))
    return hidden(review, hide)


def hidden(review: Review, hide: Callable[[str], str]) -> Review:
    """Return `review` with `hide` applied to each text that may quote a policy, a request or an answer."""

    def items(found: Iterable[Item]) -> tuple[Item, ...]:
        return tuple(replace(one, text=hide(one.text), details=tuple(map(hide, one.details))) for one in found)

    sections = tuple(replace(one, items=items(one.items)) for one in review.sections)
    accounts = tuple(replace(one, proofs=items(one.proofs)) for one in review.accounts)
    return replace(review, sections=sections, accounts=accounts)


def external_ids(open_grant: OpenGrant, planned: Planned | None) -> set[str]:
    """Return every external id that a text may contain: those of the grant and the store, and those of live roles."""
    known = planned.external_ids if planned else expected_ids(open_grant.grant, open_grant.store)
    found = {one for ids in known.by_role.values() for one in ids.known}
    if planned:
        live = (one.object for one in planned.observation.objects.values())
        found |= {one for role in live if isinstance(role, Role) for one in asked_ids(role.trust).ids}
    return {one for one in found if one}


def hiding(ids: Collection[str]) -> Callable[[str], str]:
    """Return a function that cuts every external id in a text to its first four characters."""
    longest_first = sorted(ids, key=len, reverse=True)

    def hide(text: str) -> str:
        for one in longest_first:
            if one in text:
                text = text.replace(one, f"{one[:4]}…")
        return text

    return hide
