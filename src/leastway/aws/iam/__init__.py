"""IAM: managed policies, users, roles, and the access keys of a user. One file for each kind."""

from leastway.aws.iam.policy_texts import AwsPolicies
from leastway.aws.iam.revoking import IamRevoker
from leastway.aws.iam.site import IamSite
from leastway.aws.iam.user_keys import IamUserKeys

__all__ = ["AwsPolicies", "IamRevoker", "IamSite", "IamUserKeys"]
