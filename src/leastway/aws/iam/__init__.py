"""IAM: managed policies, users, roles, and a user's first access key. One file for each kind."""

from leastway.aws.iam.policy_texts import AwsPolicies
from leastway.aws.iam.site import IamSite

__all__ = ["AwsPolicies", "IamSite"]
