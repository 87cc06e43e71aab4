"""Values by JSON pointer."""


def parse_pointer(pointer):
    """The parts of a pointer; raises ValueError for what is none."""
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"not a pointer: {pointer}")
    parts = pointer[1:].split("/")
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def get(document, pointer):
    """Raises LookupError where there is no such value."""
    value = document
    for part in parse_pointer(pointer):
        if isinstance(value, list):
            if not part.isdigit() or int(part) >= len(value):
                raise LookupError(f"no item {part}")
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise LookupError(f"no member {part}")
    return value
