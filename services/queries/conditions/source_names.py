"""The names by which people know the types of sources that a query asks."""

SOURCE_NAMES = {"hie": "HIE", "pharmacy": "Pharmacy", "lab": "Laboratory"}


def source_name(source_type: str) -> str:
    """The name of a source type; a type that is new here is answered as it came."""
    return SOURCE_NAMES.get(source_type, source_type)


def requested_names(requested: str) -> str:
    """The sources that a query asks, as in "HIE, Pharmacy (realtime)".

    `requested` is as the log has it: "hie pharmacy:realtime".
    """
    parts = [part.partition(":") for part in requested.split()]
    return ", ".join(source_name(kind) + (f" ({how})" if how else "") for kind, _, how in parts)
