"""The aws-auth ConfigMap: read strictly, edited so that no other mapping changes. Pure: no call is made here."""

from leastway.kube.aws_auth.config_map import AwsAuth, Section, parse
from leastway.kube.aws_auth.edit import merge, remove
from leastway.kube.aws_auth.entry import Entry
from leastway.kube.aws_auth.finding import Finding, Flaw

__all__ = ["AwsAuth", "Entry", "Finding", "Flaw", "Section", "merge", "parse", "remove"]
