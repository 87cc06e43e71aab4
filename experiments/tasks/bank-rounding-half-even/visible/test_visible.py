import unittest

from bank_rounding import round_half_even


class VisibleTests(unittest.TestCase):
    def test_a_half_goes_to_the_even_cent_below(self):
        self.assertEqual(round_half_even(25), 2)

    def test_more_than_a_half_goes_up(self):
        self.assertEqual(round_half_even(26), 3)


if __name__ == "__main__":
    unittest.main()
