import unittest

from moving_average import smooth


class VisibleTests(unittest.TestCase):
    def test_at_the_begin_there_are_fewer(self):
        self.assertEqual(smooth([2, 4], 2), [2, 3])

    def test_old_values_leave(self):
        self.assertEqual(smooth([2, 4, 6], 2), [2, 3, 5])

    def test_a_window_of_one(self):
        self.assertEqual(smooth([1, 5], 1), [1, 5])


if __name__ == "__main__":
    unittest.main()
