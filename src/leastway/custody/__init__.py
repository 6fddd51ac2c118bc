"""Secrets at rest: credentials sealed by envelope encryption, wrapping keys, passwords, and access keys in files.

The only home of AES-GCM and argon2, which are imported when they are used.
"""

from leastway.custody.account_credentials import credentials_in, text_of_credentials
from leastway.custody.agent_keys import AgentKeyPair, is_signed_by, new_agent_key, open_agent_key
from leastway.custody.cluster_credentials import read_cluster_credentials
from leastway.custody.file_key import FileWrappingKey, create_key_file, open_key_file
from leastway.custody.first_keys import FirstKeys
from leastway.custody.passwords import Passwords
from leastway.custody.public_keys import fingerprint_of_public_key
from leastway.custody.rotated_keys import RotatedKeys
from leastway.custody.sealed_file import open_sealed, read_header, seal_to
from leastway.custody.sealing import Custody

__all__ = [
    "AgentKeyPair",
    "Custody",
    "FileWrappingKey",
    "FirstKeys",
    "Passwords",
    "RotatedKeys",
    "create_key_file",
    "credentials_in",
    "fingerprint_of_public_key",
    "is_signed_by",
    "new_agent_key",
    "open_agent_key",
    "open_key_file",
    "open_sealed",
    "read_cluster_credentials",
    "read_header",
    "seal_to",
    "text_of_credentials",
]
