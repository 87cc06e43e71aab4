import unittest

from csv_reader import parse_csv


class VisibleTests(unittest.TestCase):
    def test_a_line_break_within_quotes_stays(self):
        self.assertEqual(parse_csv('a,"b\nc"\n'), [["a", "b\nc"]])

    def test_rows_end_at_line_breaks(self):
        self.assertEqual(parse_csv("a,b\nc,d\n"), [["a", "b"], ["c", "d"]])


if __name__ == "__main__":
    unittest.main()
