"""Accounts with transfers between them."""


class Ledger:
    def __init__(self):
        self.balances = {}
        self.limits = {}
        self.transfers = []

    def open(self, name, balance=0, limit=0):
        """`limit` is how far below zero the account may go."""
        self.balances[name] = balance
        self.limits[name] = limit

    def available(self, name):
        return self.balances[name] + self.limits[name]

    def transfer(self, source, target, amount):
        """Raises ValueError where the amount is not there, and changes nothing."""
        if amount <= 0 or source == target:
            raise ValueError("nothing to transfer")
        if amount > self.available(source):
            raise ValueError(f"{source} has only {self.available(source)}")
        self.balances[source] -= amount
        self.balances[target] += amount
        self.transfers.append((source, target, amount))

    def total(self):
        return sum(self.balances.values())
