"""The names by which people know the types of sources that a query asks."""

SOURCE_NAMES = {"hie": "HIE", "pharmacy": "Pharmacy", "lab": "Laboratory"}


def source_name(source_type: str) -> str:
    """The name of a source type; a type that is new here is answered as it came."""
    return SOURCE_NAMES.get(source_type, source_type)
