"""Charts with the state of each line and the verdict of its proofs, as on the page of the access review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leastway.export.exporter import ExportRequest, NothingToExportError
from leastway.export.header import header
from leastway.export.mermaid.files import charts, overview
from leastway.export.picture import Picture
from leastway.export.review import NO_CLAIM, AccountReview, ReviewedEdge, State

__all__ = ["judged_charts"]

_WORST = (State.BAD, State.UNKNOWN, State.NOT_READ, State.GOOD)


def judged_charts(request: ExportRequest, accounts: Sequence[AccountReview], read_at: str) -> Mapping[str, str]:
    """Return the charts of accounts that were read at a time, each line with its state and the verdict of its proofs.

    A line of the overview has the worst state of its account. Errors: NothingToExportError without any access.
    """
    objects = request.by_account()
    files: dict[str, str] = {}
    pictures, signs = [], {}
    for one in accounts:
        if not one.edges:
            continue
        pictures.append(Picture(one.account, tuple(each.edge for each in one.edges)))
        signs[one.account] = min((each.state for each in one.edges), key=_WORST.index).symbol
        title = f"access of the platform in the account {one.account}, {read_at}"
        head = header(request, title, objects.get(one.account, ()))
        lines = [(each.edge.source, each.edge.target, _judged(each)) for each in one.edges]
        files.update(charts(one.account, head, lines))
    if not pictures:
        raise NothingToExportError("the platform reaches nothing", where=request.grant, fix="add a cluster or a role")
    files.update(overview(request, pictures, signs))
    return files


def _judged(one: ReviewedEdge) -> str:
    proof = "" if one.proof_word == NO_CLAIM else f", {one.proof_word}"
    return f"{one.edge.label}: {one.state.symbol} {one.word}{proof}"
