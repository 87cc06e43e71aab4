import unittest

from ledger import Ledger


class VisibleTests(unittest.TestCase):
    def test_all_can_be_transferred(self):
        ledger = Ledger()
        ledger.open("a", 10)
        ledger.open("b")
        ledger.transfer("a", "b", 10)
        self.assertEqual(ledger.balances, {"a": 0, "b": 10})

    def test_what_is_there_already_stays(self):
        ledger = Ledger()
        ledger.open("a", 10)
        ledger.open("b", 5)
        ledger.transfer("a", "b", 4)
        self.assertEqual(ledger.balances["b"], 9)

    def test_a_limit_is_available_too(self):
        ledger = Ledger()
        ledger.open("a", 10, limit=5)
        self.assertEqual(ledger.available("a"), 15)


if __name__ == "__main__":
    unittest.main()
