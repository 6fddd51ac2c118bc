"""From grant to estate and to contract: pure functions, without a call and without a clock."""

from leastway.compiler.compile import Compiled, cluster_places, compile_grant, principal_arn
from leastway.compiler.documents import external_id_in
from leastway.compiler.notes import Note, notes

__all__ = ["Compiled", "Note", "cluster_places", "compile_grant", "external_id_in", "notes", "principal_arn"]
