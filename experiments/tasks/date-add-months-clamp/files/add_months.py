"""Dates some months away."""

from calendar import monthrange
from datetime import date


def add_months(day, months):
    """The same day of another month, or its last day where it is shorter."""
    index = day.year * 12 + day.month + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, max(day.day, last))


def month_ends(first, count):
    """The last days of `count` months from that of `first`."""
    start = date(first.year, first.month, 1)
    ends = []
    for offset in range(count):
        month = add_months(start, offset)
        ends.append(month.replace(day=monthrange(month.year, month.month)[1]))
    return ends
