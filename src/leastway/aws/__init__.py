"""AWS: doors into accounts, and IAM and EKS behind the ports. The only home of botocore.

Importing this package loads botocore; import it where it is used.
"""

from leastway.aws.accounts import Accounts, Identity
from leastway.aws.ambient import ambient_keys, ambient_token
from leastway.aws.clusters import Surroundings, look_around
from leastway.aws.doors import Ambient, AssumedRole, Door, KeyPair, Profile, Way
from leastway.aws.eks_token import EksToken
from leastway.aws.guests import Guest, Guests, Refusal, SessionKeys
from leastway.aws.sites import AwsSites

__all__ = [
    "Accounts",
    "Ambient",
    "AssumedRole",
    "AwsSites",
    "Door",
    "EksToken",
    "Guest",
    "Guests",
    "Identity",
    "KeyPair",
    "Profile",
    "Refusal",
    "SessionKeys",
    "Surroundings",
    "Way",
    "ambient_keys",
    "ambient_token",
    "look_around",
]
