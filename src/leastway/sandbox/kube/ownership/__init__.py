"""Which field manager owns which fields of an object: `metadata.managedFields`.

Source: Kubernetes documentation, "Server-Side Apply". Ownership is kept for fields with a value and for list items,
not for the maps and structs around them.
"""
