"""Conversion between units of the same kind."""

# name: (kind, factor to the base unit, offset to the base unit)
UNITS = {
    "K": ("temperature", 1.0, 0.0),
    "C": ("temperature", 1.0, 273.15),
    "F": ("temperature", 5 / 9, 459.67 * 5 / 9),
    "m": ("length", 1.0, 0.0),
    "km": ("length", 1000.0, 0.0),
    "mi": ("length", 1609.344, 0.0),
}


def convert(value, source, target):
    """Raises ValueError for units of different kinds."""
    kind, factor, offset = UNITS[source]
    target_kind, target_factor, target_offset = UNITS[target]
    if kind != target_kind:
        raise ValueError(f"{source} is no {target_kind}")
    base = value * factor + offset
    return round(base / target_factor - target_offset, 6)
