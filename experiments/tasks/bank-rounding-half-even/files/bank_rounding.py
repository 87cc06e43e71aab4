"""Rounding of amounts given in tenths of a cent, without floating point."""


def round_half_even(tenths):
    """Cents for an amount in tenths of a cent; halves go to the even cent."""
    cents, rest = divmod(tenths, 10)
    if rest > 5:
        return cents + 1
    if rest == 5:
        return cents + 1
    return cents


def total_cents(amounts):
    """The sum of amounts in tenths, each rounded to cents first."""
    return sum(round_half_even(amount) for amount in amounts)
