import unittest

from top_words import count_words, top_words


class VisibleTests(unittest.TestCase):
    def test_the_most_frequent_come_first(self):
        self.assertEqual(top_words("a b b"), [("b", 2), ("a", 1)])

    def test_case_does_not_matter(self):
        self.assertEqual(count_words("The the"), {"the": 2})

    def test_the_limit_holds(self):
        self.assertEqual(len(top_words("a b c d e f")), 3)


if __name__ == "__main__":
    unittest.main()
