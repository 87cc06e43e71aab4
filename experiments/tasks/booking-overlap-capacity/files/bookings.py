"""Bookings of rooms, in minutes of a day."""


class Room:
    def __init__(self, opens, closes):
        self.opens = opens
        self.closes = closes
        self.bookings = []

    def is_free(self, begin, end):
        return all(end < other_begin or begin > other_end for other_begin, other_end in self.bookings)

    def book(self, begin, end):
        """Whether the booking was made."""
        if begin >= end or begin < self.opens or end >= self.closes:
            return False
        if not self.is_free(begin, end):
            return False
        self.bookings.append((begin, end))
        self.bookings.sort()
        return True

    def gaps(self, least):
        """Free times of at least so many minutes."""
        found = []
        at = self.opens
        for begin, end in self.bookings:
            if begin - at >= least and begin > at:
                found.append((at, begin))
            at = max(at, end)
        return found
