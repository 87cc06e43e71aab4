import unittest

from sessions import sessions, summary


class VisibleTests(unittest.TestCase):
    def test_events_near_each_other_are_one_session(self):
        self.assertEqual(summary([("a", 0), ("a", 10)]), [("a", 0, 10, 2)])

    def test_a_session_may_be_longer_than_the_gap(self):
        self.assertEqual(len(sessions([("a", 0), ("a", 20), ("a", 40)])), 1)

    def test_events_may_come_in_any_order(self):
        self.assertEqual(summary([("a", 10), ("a", 0)])[0][1], 0)

    def test_a_pause_ends_a_session(self):
        self.assertEqual(len(sessions([("a", 0), ("a", 100)])), 2)


if __name__ == "__main__":
    unittest.main()
