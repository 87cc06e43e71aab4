import unittest
from datetime import date

from add_months import add_months


class VisibleTests(unittest.TestCase):
    def test_a_month_later(self):
        self.assertEqual(add_months(date(2024, 3, 31), 2), date(2024, 5, 31))

    def test_a_shorter_month_has_a_last_day(self):
        self.assertEqual(add_months(date(2023, 1, 31), 1), date(2023, 2, 28))

    def test_the_day_stays(self):
        self.assertEqual(add_months(date(2024, 4, 10), 1), date(2024, 5, 10))


if __name__ == "__main__":
    unittest.main()
