"""Authentication as in EKS: from a bearer token to a Kubernetes user, with the embedded AWS."""

from leastway.sandbox.eks_auth.authenticator import EksAuthenticator
from leastway.sandbox.eks_auth.directory import (
    CallerIdentity,
    EksAccessEntry,
    EksDirectory,
    PresignedCall,
)

__all__ = ["CallerIdentity", "EksAccessEntry", "EksAuthenticator", "EksDirectory", "PresignedCall"]
