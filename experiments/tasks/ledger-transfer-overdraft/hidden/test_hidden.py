import unittest

from ledger import Ledger


class HiddenTests(unittest.TestCase):
    def test_an_overdraft_within_the_limit(self):
        ledger = Ledger()
        ledger.open("a", 0, limit=5)
        ledger.open("b")
        ledger.transfer("a", "b", 5)
        self.assertEqual(ledger.balances, {"a": -5, "b": 5})

    def test_an_overdraft_beyond_is_refused(self):
        ledger = Ledger()
        ledger.open("a", 1, limit=5)
        ledger.open("b")
        with self.assertRaises(ValueError):
            ledger.transfer("a", "b", 7)
        self.assertEqual(ledger.balances, {"a": 1, "b": 0})
        self.assertEqual(ledger.transfers, [])

    def test_the_sum_stays(self):
        ledger = Ledger()
        ledger.open("a", 10)
        ledger.open("b", 7)
        ledger.transfer("b", "a", 3)
        ledger.transfer("a", "b", 13)
        self.assertEqual(ledger.total(), 17)
        self.assertEqual(ledger.balances, {"a": 0, "b": 17})

    def test_transfers_are_recorded(self):
        ledger = Ledger()
        ledger.open("a", 2)
        ledger.open("b")
        ledger.transfer("a", "b", 1)
        self.assertEqual(ledger.transfers, [("a", "b", 1)])

    def test_nothing_to_transfer(self):
        ledger = Ledger()
        ledger.open("a", 2)
        ledger.open("b")
        with self.assertRaises(ValueError):
            ledger.transfer("a", "b", 0)
        with self.assertRaises(ValueError):
            ledger.transfer("a", "a", 1)

    def test_one_too_many_is_refused(self):
        ledger = Ledger()
        ledger.open("a", 10)
        ledger.open("b")
        with self.assertRaises(ValueError):
            ledger.transfer("a", "b", 11)


if __name__ == "__main__":
    unittest.main()
