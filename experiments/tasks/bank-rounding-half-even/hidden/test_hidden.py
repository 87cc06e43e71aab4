import unittest

from bank_rounding import round_half_even, total_cents


class HiddenTests(unittest.TestCase):
    def test_a_half_goes_to_the_even_cent_above(self):
        self.assertEqual(round_half_even(35), 4)

    def test_less_than_a_half_goes_down(self):
        self.assertEqual(round_half_even(34), 3)

    def test_half_of_the_first_cent_goes_to_zero(self):
        self.assertEqual(round_half_even(5), 0)

    def test_negative_halves_are_even_too(self):
        self.assertEqual(round_half_even(-5), 0)
        self.assertEqual(round_half_even(-15), -2)
        self.assertEqual(round_half_even(-25), -2)

    def test_negative_amounts_round_to_the_nearest(self):
        self.assertEqual(round_half_even(-26), -3)
        self.assertEqual(round_half_even(-24), -2)

    def test_sums_have_no_drift(self):
        self.assertEqual(total_cents([5, 15, 25, 35]), 0 + 2 + 2 + 4)

    def test_nothing_is_nothing(self):
        self.assertEqual(total_cents([]), 0)


if __name__ == "__main__":
    unittest.main()
