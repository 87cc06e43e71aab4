import unittest

from csv_reader import parse_csv


class HiddenTests(unittest.TestCase):
    def test_several_line_breaks_within_quotes(self):
        self.assertEqual(parse_csv('"1\n\n2",x\ny,z'), [["1\n\n2", "x"], ["y", "z"]])

    def test_commas_within_quotes_stay(self):
        self.assertEqual(parse_csv('"a,b",c'), [["a,b", "c"]])

    def test_doubled_quotes_are_one(self):
        self.assertEqual(parse_csv('"say ""hi""\n",1'), [['say "hi"\n', "1"]])

    def test_the_last_row_needs_no_line_break(self):
        self.assertEqual(parse_csv("a,b"), [["a", "b"]])

    def test_empty_fields_are_kept(self):
        self.assertEqual(parse_csv(",a,\n"), [["", "a", ""]])

    def test_an_empty_text_has_no_rows(self):
        self.assertEqual(parse_csv(""), [])

    def test_an_empty_quoted_field(self):
        self.assertEqual(parse_csv('"",b\n'), [["", "b"]])


if __name__ == "__main__":
    unittest.main()
