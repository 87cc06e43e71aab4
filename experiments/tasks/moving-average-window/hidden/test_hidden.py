import unittest

from moving_average import MovingAverage, smooth


class HiddenTests(unittest.TestCase):
    def test_a_window_greater_than_the_values(self):
        self.assertEqual(smooth([1, 2, 3], 10), [1, 1.5, 2])

    def test_a_window_of_three(self):
        self.assertEqual(smooth([3, 6, 9, 12], 3), [3, 4.5, 6, 9])

    def test_negative_values(self):
        self.assertEqual(smooth([-2, 2, -2], 2), [-2, 0, 0])

    def test_nothing_has_a_mean_of_zero(self):
        self.assertEqual(MovingAverage(3).mean(), 0.0)
        self.assertEqual(smooth([], 3), [])

    def test_many_values(self):
        self.assertEqual(smooth(range(100), 4)[-1], 97.5)

    def test_a_window_of_none_is_refused(self):
        with self.assertRaises(ValueError):
            MovingAverage(0)

    def test_the_mean_can_be_asked_twice(self):
        average = MovingAverage(2)
        average.add(1)
        average.add(3)
        self.assertEqual([average.mean(), average.mean()], [2, 2])


if __name__ == "__main__":
    unittest.main()
