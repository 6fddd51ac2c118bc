"""Checks of Terraform modules: what does not fit the platform that runs them, read from their text.

`scan_module(files, given)` takes texts and returns findings and what could not be checked, both as values. Each rule is
one file under `rules` with its own documentation page. Nothing here is a boundary: a provider's program can do what no
text shows. That is left to the sandbox of a run. tree-sitter is imported when a module is scanned.
"""

from leastway.lint.modules.hcl import Module, ModuleFile, ParsedBlock, read_module_file
from leastway.lint.modules.rule import Given, ModuleRule
from leastway.lint.modules.scan import all_module_rules, scan_module

__all__ = [
    "Given",
    "Module",
    "ModuleFile",
    "ModuleRule",
    "ParsedBlock",
    "all_module_rules",
    "read_module_file",
    "scan_module",
]
