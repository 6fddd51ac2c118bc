"""Basic types for every level: ARNs, accounts, secrets, time, proxies, addresses, files, certificates, bounded JSON.

Nothing here knows about grants, policies or AWS calls.
"""

from leastway.primitives.account import AccountId
from leastway.primitives.arn import Arn
from leastway.primitives.authorities import pem_text, read_authorities
from leastway.primitives.bounded_json import LARGEST_ANSWER, check_pairs, has_deeper_brackets, read_bounded_json
from leastway.primitives.calls import CALLS, CallTimer
from leastway.primitives.clock import Clock, SystemClock
from leastway.primitives.fair_threads import FairThreads
from leastway.primitives.file import read_file
from leastway.primitives.go_text import go_quoted
from leastway.primitives.locks import FileLock, advisory_key, held_alone
from leastway.primitives.masking import MASK, Masker, MaskingStream
from leastway.primitives.partition import Partition
from leastway.primitives.private_file import make_private_folder, new_private_file, rename_private, write_private
from leastway.primitives.proxy import ProxyAddress
from leastway.primitives.public_address import is_public, resolved
from leastway.primitives.secret import Secret
from leastway.primitives.web_url import is_loopback, split_web_url, without_user

__all__ = [
    "CALLS",
    "LARGEST_ANSWER",
    "MASK",
    "AccountId",
    "Arn",
    "CallTimer",
    "Clock",
    "FairThreads",
    "FileLock",
    "Masker",
    "MaskingStream",
    "Partition",
    "ProxyAddress",
    "Secret",
    "SystemClock",
    "advisory_key",
    "check_pairs",
    "go_quoted",
    "has_deeper_brackets",
    "held_alone",
    "is_loopback",
    "is_public",
    "make_private_folder",
    "new_private_file",
    "pem_text",
    "read_authorities",
    "read_bounded_json",
    "read_file",
    "rename_private",
    "resolved",
    "split_web_url",
    "without_user",
    "write_private",
]
