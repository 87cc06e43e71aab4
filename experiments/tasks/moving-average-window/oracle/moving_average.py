"""Averages over a window that moves."""

from collections import deque


class MovingAverage:
    """The mean of the last `size` values."""

    def __init__(self, size):
        if size < 1:
            raise ValueError("a window holds at least one value")
        self.size = size
        self.values = deque()
        self.total = 0

    def add(self, value):
        self.values.append(value)
        self.total += value
        if len(self.values) > self.size:
            self.total -= self.values.popleft()
        return self.mean()

    def mean(self):
        return self.total / len(self.values) if self.values else 0.0


def smooth(values, size):
    average = MovingAverage(size)
    return [average.add(value) for value in values]
