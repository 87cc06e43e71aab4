"""Costs of shipping, in cents."""

TIERS = [(500, 300), (2000, 500), (10000, 900)]
ZONES = {"home": 1, "near": 2, "far": 4}
FREE_FROM = 5000


def rate(grams):
    """The rate of the first tier that the weight fits; raises ValueError beyond."""
    if grams <= 0:
        raise ValueError("nothing to ship")
    for limit, cents in TIERS:
        if grams < limit:
            return cents
    raise ValueError(f"{grams} g is too heavy")


def shipping_cost(grams, zone, value):
    if zone == "home" and value > FREE_FROM:
        return 0
    return rate(grams) + ZONES[zone]


def cheapest_split(weights, zone):
    """One parcel or one for each item, whichever costs less."""
    apart = sum(shipping_cost(grams, zone, 0) for grams in weights)
    try:
        together = shipping_cost(sum(weights), zone, 0)
    except ValueError:
        return apart
    return min(apart, together)
