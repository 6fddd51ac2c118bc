"""Format `aws-cli`: a shell script for each account, which the people who approve it can read."""

from leastway.export.aws_cli.script import AwsCli, script_of

__all__ = ["AwsCli", "script_of"]
