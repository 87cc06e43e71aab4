"""Sessions from events of a log."""


def sessions(events, gap=30):
    """Events are pairs of user and minute, in any order."""
    found = []
    last = {}
    for user, minute in sorted(events, key=lambda event: event[0]):
        session = last.get(user)
        if session is None or minute - session["begin"] > gap:
            session = {"user": user, "begin": minute, "end": minute, "count": 0}
            found.append(session)
        session["end"] = minute
        session["count"] += 1
    return found


def longest(events, gap=30):
    """The length of the longest session in minutes, 0 where there is none."""
    return max((s["end"] - s["begin"] for s in sessions(events, gap)), default=0)


def summary(events, gap=30):
    return [(s["user"], s["begin"], s["end"], s["count"]) for s in sessions(events, gap)]
