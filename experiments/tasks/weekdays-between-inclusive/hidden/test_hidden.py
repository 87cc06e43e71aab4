import unittest
from datetime import date

from weekdays import working_days, add_working_days


class HiddenTests(unittest.TestCase):
    def test_monday_to_friday_has_five(self):
        self.assertEqual(working_days(date(2024, 1, 1), date(2024, 1, 5)), 5)

    def test_a_weekend_has_none(self):
        self.assertEqual(working_days(date(2024, 1, 6), date(2024, 1, 7)), 0)

    def test_a_holiday_at_the_end_is_left_out(self):
        self.assertEqual(working_days(date(2024, 1, 1), date(2024, 1, 5), {date(2024, 1, 5)}), 4)

    def test_the_wrong_order_has_none(self):
        self.assertEqual(working_days(date(2024, 1, 5), date(2024, 1, 1)), 0)

    def test_over_the_end_of_a_leap_february(self):
        self.assertEqual(working_days(date(2024, 2, 28), date(2024, 3, 1)), 3)

    def test_adding_skips_the_weekend(self):
        self.assertEqual(add_working_days(date(2024, 1, 5), 1), date(2024, 1, 8))
        self.assertEqual(add_working_days(date(2024, 1, 5), 0), date(2024, 1, 5))


if __name__ == "__main__":
    unittest.main()
