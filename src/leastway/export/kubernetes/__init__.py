"""Format `kubernetes`: the objects inside each cluster, for kubectl."""

from leastway.export.kubernetes.folders import Kubernetes, folder_of
from leastway.export.kubernetes.mapping import by_hand, entry_text

__all__ = ["Kubernetes", "by_hand", "entry_text", "folder_of"]
