"""AWS adapters: credentials for accounts (doors), and IAM and EKS behind the ports. Only this package uses botocore.

Importing this package loads botocore; import it where it is used. `aws.log_bucket` is not imported here: it loads
cryptography, which most commands of the engineer do without.
"""

from leastway.aws.accounts import Accounts
from leastway.aws.ambient import RegionClusters, ambient_keys, ambient_token, configured_region, look_around
from leastway.aws.clusters import AwsClusters
from leastway.aws.doors import AmbientCredentials, AssumedRole, CredentialSource, Door, KeyPair, NamedProfile
from leastway.aws.guests import Guest, Guests
from leastway.aws.kms import KmsWrappingKey
from leastway.aws.outgoing_address import outgoing_address
from leastway.aws.sites import AwsSites
from leastway.aws.sts import AwsSts

__all__ = [
    "Accounts",
    "AmbientCredentials",
    "AssumedRole",
    "AwsClusters",
    "AwsSites",
    "AwsSts",
    "CredentialSource",
    "Door",
    "Guest",
    "Guests",
    "KeyPair",
    "KmsWrappingKey",
    "NamedProfile",
    "RegionClusters",
    "ambient_keys",
    "ambient_token",
    "configured_region",
    "look_around",
    "outgoing_address",
]
