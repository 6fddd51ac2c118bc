"""Reconciliation: observe what exists, compare it with the estate, plan the changes and apply them.

It acts only through the ports; everything else is pure. It does not call AWS, read grant files or write to a terminal.
"""

from leastway.reconcile.apply import Workers, apply
from leastway.reconcile.as_json import change_json, object_json, observed_json, unreadable_json
from leastway.reconcile.attesting import (
    TRUST_MARKS,
    CreationRecords,
    anchor,
    creation_records,
    record_applied,
    record_planned,
)
from leastway.reconcile.compare import Difference, differences
from leastway.reconcile.convergence import Convergence, NotConvergedError
from leastway.reconcile.cut_targets import Target, cluster_plan, cut_targets
from leastway.reconcile.cutting import (
    CutAct,
    CutStep,
    Restoring,
    cut,
    not_cut_yet,
    not_restored_yet,
    open_trusts,
    restore_principals,
)
from leastway.reconcile.diff import Held, diff
from leastway.reconcile.hosts import host_notes
from leastway.reconcile.key_ages import OLD_AFTER, UNUSED_AFTER, KeyFlag, KeyStatus, key_status
from leastway.reconcile.observe import Ask, asks, observe
from leastway.reconcile.old_lists import OldList, old_lists
from leastway.reconcile.plan import Change, ChangeAction, Plan
from leastway.reconcile.remaining import Remaining, remaining
from leastway.reconcile.removals import Removal, others_than, removals_of
from leastway.reconcile.results import Applied, Outcome, Result, RevocationVerdict
from leastway.reconcile.revocation import (
    ACCESS,
    Revocation,
    expecting,
    held_back,
    reopened,
    restore_notes,
    revocation_notes,
    revocations,
    sessions_end,
    when,
)
from leastway.reconcile.rotation import KeyRotation, Pace, RotationStep, duration_text
from leastway.reconcile.status import PlaceStatus, Status, statuses
from leastway.reconcile.touched import check_given_up, forget_given_up, is_given_up, touched_sites
from leastway.reconcile.upgrade import ModeChanges, RefusedProfile, Upgrade, changes_in, upgrade

__all__ = [
    "ACCESS",
    "OLD_AFTER",
    "TRUST_MARKS",
    "UNUSED_AFTER",
    "Applied",
    "Ask",
    "Change",
    "ChangeAction",
    "Convergence",
    "CreationRecords",
    "CutAct",
    "CutStep",
    "Difference",
    "Held",
    "KeyFlag",
    "KeyRotation",
    "KeyStatus",
    "ModeChanges",
    "NotConvergedError",
    "OldList",
    "Outcome",
    "Pace",
    "PlaceStatus",
    "Plan",
    "RefusedProfile",
    "Remaining",
    "Removal",
    "Restoring",
    "Result",
    "Revocation",
    "RevocationVerdict",
    "RotationStep",
    "Status",
    "Target",
    "Upgrade",
    "Workers",
    "anchor",
    "apply",
    "asks",
    "change_json",
    "changes_in",
    "check_given_up",
    "cluster_plan",
    "creation_records",
    "cut",
    "cut_targets",
    "diff",
    "differences",
    "duration_text",
    "expecting",
    "forget_given_up",
    "held_back",
    "host_notes",
    "is_given_up",
    "key_status",
    "not_cut_yet",
    "not_restored_yet",
    "object_json",
    "observe",
    "observed_json",
    "old_lists",
    "open_trusts",
    "others_than",
    "record_applied",
    "record_planned",
    "remaining",
    "removals_of",
    "reopened",
    "restore_notes",
    "restore_principals",
    "revocation_notes",
    "revocations",
    "sessions_end",
    "statuses",
    "touched_sites",
    "unreadable_json",
    "upgrade",
    "when",
]
