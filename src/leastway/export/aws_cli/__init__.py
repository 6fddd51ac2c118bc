"""`aws-cli`: a shell script for each account, to be read by whoever must approve it."""

from leastway.export.aws_cli.script import AwsCli, script_of

__all__ = ["AwsCli", "script_of"]
