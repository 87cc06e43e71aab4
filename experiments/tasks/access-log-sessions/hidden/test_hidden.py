import unittest

from sessions import sessions, longest, summary


class HiddenTests(unittest.TestCase):
    def test_a_pause_of_exactly_the_gap_does_not_end_it(self):
        self.assertEqual(summary([("a", 0), ("a", 30), ("a", 61)]), [("a", 0, 30, 2), ("a", 61, 61, 1)])

    def test_users_are_apart(self):
        self.assertEqual(summary([("a", 0), ("b", 5), ("a", 10)]), [("a", 0, 10, 2), ("b", 5, 5, 1)])

    def test_in_the_order_of_their_begin(self):
        self.assertEqual([s["user"] for s in sessions([("a", 50), ("b", 1)])], ["b", "a"])

    def test_a_long_chain(self):
        self.assertEqual(summary([("a", n * 25) for n in range(10)]), [("a", 0, 225, 10)])

    def test_the_longest(self):
        self.assertEqual(longest([("a", 0), ("a", 20), ("b", 0), ("b", 29), ("b", 58)]), 58)

    def test_nothing(self):
        self.assertEqual(sessions([]), [])
        self.assertEqual(longest([]), 0)

    def test_another_gap(self):
        self.assertEqual(len(sessions([("a", 0), ("a", 10)], gap=5)), 2)

    def test_three_sessions_in_any_order(self):
        self.assertEqual(summary([("a", 200), ("a", 0), ("a", 100)]), [("a", 0, 0, 1), ("a", 100, 100, 1), ("a", 200, 200, 1)])


if __name__ == "__main__":
    unittest.main()
