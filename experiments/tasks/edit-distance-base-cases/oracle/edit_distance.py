"""Levenshtein's distance of two words."""


def distance(left, right):
    """The least number of edits that make `right` of `left`."""
    previous = list(range(len(right) + 1))
    for row, char in enumerate(left, start=1):
        current = [row]
        for column, other in enumerate(right, start=1):
            replaced = previous[column - 1] + (char != other)
            current.append(min(replaced, previous[column] + 1, current[column - 1] + 1))
        previous = current
    return previous[-1]


def nearest(word, known, limit=2):
    """The known word with the least distance, None where all are too far away."""
    best = min(known, key=lambda other: (distance(word, other), other), default=None)
    if best is None or distance(word, best) > limit:
        return None
    return best
