import unittest

from ini_parser import parse_ini, format_ini, error_of


class HiddenTests(unittest.TestCase):
    def test_comments_and_empty_lines(self):
        self.assertEqual(parse_ini("# c\n\n; d\n[a]\n"), {"a": {}})

    def test_a_section_may_come_again(self):
        self.assertEqual(parse_ini("[a]\nx=1\n[b]\ny=2\n[a]\nz=3"), {"a": {"x": "1", "z": "3"}, "b": {"y": "2"}})

    def test_the_last_value_wins(self):
        self.assertEqual(parse_ini("x=1\nx=2"), {"": {"x": "2"}})

    def test_white_space_around(self):
        self.assertEqual(parse_ini("[ a ]\n  x  =  1  "), {"a": {"x": "1"}})

    def test_an_empty_value(self):
        self.assertEqual(parse_ini("x ="), {"": {"x": ""}})

    def test_a_later_line_is_told(self):
        self.assertEqual(error_of("a=1\n\n=2"), "line 3: no name and value")

    def test_there_and_back(self):
        sections = {"": {"a": "1=2"}, "b": {"c": "d"}}
        self.assertEqual(parse_ini(format_ini(sections)), sections)

    def test_a_good_text_has_no_error(self):
        self.assertEqual(error_of("a=b"), None)


if __name__ == "__main__":
    unittest.main()
