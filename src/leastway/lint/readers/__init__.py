"""Reading a file: which policies stand in it, and where. One format a file.

A format says which files it knows (`recognizes`) and takes them apart (`read`). A file that no format knows holds no
policy.
"""

from leastway.lint.readers.manifests import MANIFEST_WORDS
from leastway.lint.readers.read import read_policies
from leastway.lint.readers.reading import FileReading

__all__ = ["MANIFEST_WORDS", "FileReading", "read_policies"]
