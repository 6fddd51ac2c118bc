"""Authentication as in EKS: from a bearer token to a Kubernetes user, with the embedded AWS."""

from leastway.sandbox.eks_auth.authenticator import EksAccessEntry, EksAuthenticator, EksDirectory
from leastway.sandbox.eks_auth.token import PresignedCall

__all__ = ["EksAccessEntry", "EksAuthenticator", "EksDirectory", "PresignedCall"]
