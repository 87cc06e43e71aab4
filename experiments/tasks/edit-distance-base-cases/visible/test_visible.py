import unittest

from edit_distance import distance


class VisibleTests(unittest.TestCase):
    def test_equal_words_have_none(self):
        self.assertEqual(distance("abc", "abc"), 0)

    def test_an_insert_is_one(self):
        self.assertEqual(distance("abc", "abxc"), 1)

    def test_from_nothing_all_are_inserted(self):
        self.assertEqual(distance("", "abc"), 3)


if __name__ == "__main__":
    unittest.main()
