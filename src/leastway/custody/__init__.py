"""Secrets at rest: the first access key of an IAM user, in a private file or printed to standard output once."""

from leastway.custody.cluster_credentials import read_cluster_credentials
from leastway.custody.first_keys import FirstKeys

__all__ = ["FirstKeys", "read_cluster_credentials"]
