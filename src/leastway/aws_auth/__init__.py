"""The text of the aws-auth ConfigMap: read strictly, edited so that no other mapping changes.

Pure: it makes no call and knows no grant. Its readers are stricter than `source`, and apart from it on purpose: what
they refuse is what nobody can be sure of.
"""

from leastway.aws_auth.config_map import AwsAuth, Section, parse
from leastway.aws_auth.edit import IdentityMapping, merge, remove
from leastway.aws_auth.entry import Entry
from leastway.aws_auth.flaw import Flaw, FlawKind

__all__ = ["AwsAuth", "Entry", "Flaw", "FlawKind", "IdentityMapping", "Section", "merge", "parse", "remove"]
