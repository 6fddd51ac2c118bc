"""Published audit logs, their files and witnesses of them, and the profiles that a server publishes.

What is read here is not trusted: `leastway.tlog` checks it. A file that does not exist is None; one that cannot be read
is an error, because nobody knows what it has.
"""

from leastway.published.folder import FolderLog
from leastway.published.profiles import PublishedProfile, parse_profiles, published_profiles
from leastway.published.url import UrlLog
from leastway.published.witness import OtherSizeError, Witness

__all__ = [
    "FolderLog",
    "OtherSizeError",
    "PublishedProfile",
    "UrlLog",
    "Witness",
    "parse_profiles",
    "published_profiles",
]
