import unittest
from datetime import date

from add_months import add_months, month_ends


class HiddenTests(unittest.TestCase):
    def test_over_the_end_of_a_year(self):
        self.assertEqual(add_months(date(2023, 11, 30), 3), date(2024, 2, 29))

    def test_december_to_january(self):
        self.assertEqual(add_months(date(2023, 12, 15), 1), date(2024, 1, 15))

    def test_november_to_december(self):
        self.assertEqual(add_months(date(2023, 11, 5), 1), date(2023, 12, 5))

    def test_back_over_the_start_of_a_year(self):
        self.assertEqual(add_months(date(2024, 1, 31), -2), date(2023, 11, 30))

    def test_no_months_change_nothing(self):
        self.assertEqual(add_months(date(2024, 2, 29), 0), date(2024, 2, 29))

    def test_a_leap_day_a_year_later(self):
        self.assertEqual(add_months(date(2024, 2, 29), 12), date(2025, 2, 28))

    def test_ends_of_months(self):
        self.assertEqual(month_ends(date(2023, 12, 5), 3), [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29)])


if __name__ == "__main__":
    unittest.main()
