"""EKS: discovery, tags on clusters and node groups, access entries and access policies. One file for each kind."""

from leastway.aws.eks.discovery import discover_cluster
from leastway.aws.eks.site import EksSite
from leastway.aws.eks.surroundings import elsewhere

__all__ = ["EksSite", "discover_cluster", "elsewhere"]
