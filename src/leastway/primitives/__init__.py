"""Words that every level speaks: ARNs, partitions, account ids, secrets, time, proxies, private files.

Nothing here knows about grants, policies or AWS calls.
"""

from leastway.primitives.account import AccountId
from leastway.primitives.arn import Arn
from leastway.primitives.clock import Clock, SystemClock
from leastway.primitives.partition import Partition
from leastway.primitives.private_file import write_private
from leastway.primitives.proxy import Proxy
from leastway.primitives.secret import Secret

__all__ = ["AccountId", "Arn", "Clock", "Partition", "Proxy", "Secret", "SystemClock", "write_private"]
