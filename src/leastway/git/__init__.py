"""Sources of modules: repositories by https or ssh, at one commit, fetched in a sandbox that reaches one address.

`fetch` gives the files of a commit in a folder; `install_modules` adds the modules that it names. Nothing here
runs what it fetches.
"""

from leastway.git.addresses import Resolve, address_of
from leastway.git.cache import SourceCache
from leastway.git.credential import GitAccess, Password, SshKey
from leastway.git.digest import tree_digest
from leastway.git.fetching import Fetched, FetchRules, fetch
from leastway.git.module_registry import ModuleRegistry, RegistryModule
from leastway.git.nested import Fetch, InstalledModule, NestedModule, install_modules, nested_modules
from leastway.git.remote import Remote, Transport, remote_of
from leastway.git.web import Web

__all__ = [
    "Fetch",
    "FetchRules",
    "Fetched",
    "GitAccess",
    "InstalledModule",
    "ModuleRegistry",
    "NestedModule",
    "Password",
    "RegistryModule",
    "Remote",
    "Resolve",
    "SourceCache",
    "SshKey",
    "Transport",
    "Web",
    "address_of",
    "fetch",
    "install_modules",
    "nested_modules",
    "remote_of",
    "tree_digest",
]
