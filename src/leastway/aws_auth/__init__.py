"""The aws-auth ConfigMap as text: read strictly, edited so that no other mapping changes.

Pure: it makes no calls and does not know grants. Its YAML reader is deliberately separate from `source` and stricter:
it rejects whatever different parsers could read differently.
"""

from leastway.aws_auth.config_map import AwsAuth, Section, parse
from leastway.aws_auth.edit import IdentityMapping, merge, remove
from leastway.aws_auth.entry import Entry
from leastway.aws_auth.flaw import Flaw, FlawKind

__all__ = ["AwsAuth", "Entry", "Flaw", "FlawKind", "IdentityMapping", "Section", "merge", "parse", "remove"]
