"""Terraform and OpenTofu: their programs and commands, what they print and leave, and their states.

Nothing here runs a program. The commands are for a sandbox, and what comes out of it is foreign: read with limits,
without following links, and believed only where no code of the module has run yet.
"""

from leastway.terraform.commands import INPUTS_FOLDER, Commands, StateAddress, check_variables
from leastway.terraform.effective import Effective, UsedProvider, effective_of, read_lock_file, read_pins
from leastway.terraform.log_lines import LogLine, read_log_line
from leastway.terraform.module_folder import OVERRIDE, ModuleFolder, prepare_module, read_inside
from leastway.terraform.plan import (
    ActionKind,
    Output,
    Plan,
    PlannedChange,
    PlannedOutput,
    read_outputs,
    read_plan,
)
from leastway.terraform.plan_check import Checked, RuleResult, check_plan, conftest_command, read_conftest
from leastway.terraform.program import ENGINES, PROVIDERS, Program, check_programs, find_program
from leastway.terraform.state_document import (
    StateDocument,
    outputs_in_state,
    read_state,
    sensitive_in_state,
    with_lineage,
    with_serial,
)
from leastway.terraform.state_view import masked_state

__all__ = [
    "ENGINES",
    "INPUTS_FOLDER",
    "OVERRIDE",
    "PROVIDERS",
    "ActionKind",
    "Checked",
    "Commands",
    "Effective",
    "LogLine",
    "ModuleFolder",
    "Output",
    "Plan",
    "PlannedChange",
    "PlannedOutput",
    "Program",
    "RuleResult",
    "StateAddress",
    "StateDocument",
    "UsedProvider",
    "check_plan",
    "check_programs",
    "check_variables",
    "conftest_command",
    "effective_of",
    "find_program",
    "masked_state",
    "outputs_in_state",
    "prepare_module",
    "read_conftest",
    "read_inside",
    "read_lock_file",
    "read_log_line",
    "read_outputs",
    "read_pins",
    "read_plan",
    "read_state",
    "sensitive_in_state",
    "with_lineage",
    "with_serial",
]
