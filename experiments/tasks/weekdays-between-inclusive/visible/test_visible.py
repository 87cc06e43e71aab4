import unittest
from datetime import date

from weekdays import working_days


class VisibleTests(unittest.TestCase):
    def test_a_whole_week_has_five(self):
        self.assertEqual(working_days(date(2024, 1, 1), date(2024, 1, 7)), 5)

    def test_a_single_day_counts(self):
        self.assertEqual(working_days(date(2024, 1, 2), date(2024, 1, 2)), 1)


if __name__ == "__main__":
    unittest.main()
