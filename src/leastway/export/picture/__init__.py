"""Who reaches what in one account, as nodes and edges: the content of every picture, without its form."""

from leastway.export.picture.access import LIMITED, Edge, NodeKind, Picture, PictureNode, picture_of

__all__ = ["LIMITED", "Edge", "NodeKind", "Picture", "PictureNode", "picture_of"]
