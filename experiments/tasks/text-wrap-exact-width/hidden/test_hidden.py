import unittest

from text_wrap import wrap, indent


class HiddenTests(unittest.TestCase):
    def test_the_whole_text_may_be_one_full_line(self):
        self.assertEqual(wrap("one two", 7), ["one two"])

    def test_one_less_does_not_fit(self):
        self.assertEqual(wrap("one two", 6), ["one", "two"])

    def test_a_longer_word_stands_alone(self):
        self.assertEqual(wrap("a extraordinary b", 5), ["a", "extraordinary", "b"])

    def test_white_space_is_one_space(self):
        self.assertEqual(wrap("  a \n b  ", 3), ["a b"])

    def test_nothing_has_no_lines(self):
        self.assertEqual(wrap("", 10), [])

    def test_three_words_fit_exactly(self):
        self.assertEqual(wrap("a b c d", 5), ["a b c", "d"])

    def test_indenting_leaves_empty_lines(self):
        self.assertEqual(indent(["a", "", "b"], "  "), ["  a", "", "  b"])


if __name__ == "__main__":
    unittest.main()
