"""How EKS turns a bearer token into a Kubernetes user, against the embedded AWS."""

from leastway.sandbox.eks_auth.authenticator import EksAuthenticator
from leastway.sandbox.eks_auth.directory import (
    CallerIdentity,
    EksAccessEntry,
    EksDirectory,
    PresignedCall,
)

__all__ = ["CallerIdentity", "EksAccessEntry", "EksAuthenticator", "EksDirectory", "PresignedCall"]
