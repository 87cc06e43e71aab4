"""Working days between two dates."""

from datetime import timedelta


def working_days(first, last, holidays=()):
    """Days from Monday to Friday that are no holidays, both ends included."""
    count = 0
    day = first
    while day <= last:
        if day.weekday() < 5 and day not in holidays:
            count += 1
        day += timedelta(days=1)
    return count


def add_working_days(start, days):
    """The date that is so many working days after `start`."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return day
