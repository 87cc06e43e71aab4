import unittest

from top_words import count_words, top_words, share


class HiddenTests(unittest.TestCase):
    def test_ties_go_by_the_alphabet(self):
        self.assertEqual(top_words("c b a"), [("a", 1), ("b", 1), ("c", 1)])

    def test_capitals_count_for_rank(self):
        self.assertEqual(top_words("It it IT is", 1), [("it", 3)])

    def test_apostrophes_belong_to_words(self):
        self.assertEqual(count_words("Don't, don't!"), {"don't": 2})

    def test_nothing_has_no_words(self):
        self.assertEqual(top_words(""), [])
        self.assertEqual(share("", "a"), 0.0)

    def test_digits_are_no_words(self):
        self.assertEqual(count_words("1 2 three"), {"three": 1})

    def test_a_share_of_all(self):
        self.assertEqual(share("Yes no yes no", "YES"), 0.5)

    def test_a_tie_below_the_first(self):
        self.assertEqual(top_words("z z y x", 2), [("z", 2), ("x", 1)])


if __name__ == "__main__":
    unittest.main()
