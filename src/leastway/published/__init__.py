"""Published audit logs: their files in a folder, or at a URL, and witnesses of them.

What is read here is not trusted: `leastway.tlog` checks it. A file that does not exist is None; one that cannot be read
is an error, because nobody knows what it has.
"""

from leastway.published.folder import FolderLog
from leastway.published.url import UrlLog
from leastway.published.witness import OtherSizeError, Witness

__all__ = ["FolderLog", "OtherSizeError", "UrlLog", "Witness"]
