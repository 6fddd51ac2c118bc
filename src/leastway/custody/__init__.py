"""Where secrets rest. For now the first key of an IAM user, in a file of its owner alone or on standard output once."""

from leastway.custody.cluster_credentials import read_cluster_credentials
from leastway.custody.first_keys import FirstKeys

__all__ = ["FirstKeys", "read_cluster_credentials"]
