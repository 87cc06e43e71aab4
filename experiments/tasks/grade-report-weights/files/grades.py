"""Final grades from scores."""


def category_mean(scores, drop_worst=False):
    """The mean of the scores; None where there are none."""
    if not scores:
        return None
    kept = sorted(scores)
    if drop_worst and len(kept) > 1:
        kept = kept[:-1]
    return sum(kept) / len(scores)


def final_grade(categories):
    """Categories are tuples of weight, scores and whether the worst is dropped."""
    total = 0
    weights = 0
    for weight, scores, drop_worst in categories:
        mean = category_mean(scores, drop_worst)
        if mean is None:
            continue
        total += weight * mean
        weights += 1
    return round(total / weights, 2) if weights else None


def letter(grade):
    for bound, name in ((90, "A"), (80, "B"), (70, "C"), (60, "D")):
        if grade >= bound:
            return name
    return "F"
