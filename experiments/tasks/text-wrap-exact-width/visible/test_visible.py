import unittest

from text_wrap import wrap


class VisibleTests(unittest.TestCase):
    def test_a_line_may_be_full(self):
        self.assertEqual(wrap("ab cd ef", 5), ["ab cd", "ef"])

    def test_words_go_to_the_next_line(self):
        self.assertEqual(wrap("abc def", 5), ["abc", "def"])


if __name__ == "__main__":
    unittest.main()
