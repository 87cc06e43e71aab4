import unittest

from backoff import delays


class VisibleTests(unittest.TestCase):
    def test_waits_double(self):
        self.assertEqual(delays(4), [1.0, 2.0, 4.0])

    def test_the_limit_holds(self):
        self.assertEqual(delays(4, first=10, limit=15), [10, 15, 15])


if __name__ == "__main__":
    unittest.main()
