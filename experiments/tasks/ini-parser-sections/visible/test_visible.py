import unittest

from ini_parser import parse_ini, error_of


class VisibleTests(unittest.TestCase):
    def test_a_section(self):
        self.assertEqual(parse_ini("[a]\nx = 1"), {"a": {"x": "1"}})

    def test_values_may_hold_equals_signs(self):
        self.assertEqual(parse_ini("x = a=b"), {"": {"x": "a=b"}})

    def test_lines_count_from_one(self):
        self.assertEqual(error_of("oops"), "line 1: no name and value")


if __name__ == "__main__":
    unittest.main()
