import unittest

from edit_distance import distance, nearest


class HiddenTests(unittest.TestCase):
    def test_a_known_example(self):
        self.assertEqual(distance("kitten", "sitting"), 3)

    def test_to_nothing_all_are_removed(self):
        self.assertEqual(distance("abc", ""), 3)

    def test_nothing_and_nothing(self):
        self.assertEqual(distance("", ""), 0)

    def test_a_replacement_is_one(self):
        self.assertEqual(distance("cat", "cut"), 1)

    def test_either_direction_is_as_far(self):
        self.assertEqual(distance("flaw", "lawn"), distance("lawn", "flaw"))
        self.assertEqual(distance("flaw", "lawn"), 2)

    def test_nothing_in_common(self):
        self.assertEqual(distance("abc", "xyz"), 3)

    def test_the_nearest_word_is_found(self):
        self.assertEqual(nearest("comit", ["commit", "restore"]), "commit")

    def test_too_far_is_none(self):
        self.assertEqual(nearest("xyz", ["commit"]), None)
        self.assertEqual(nearest("x", []), None)


if __name__ == "__main__":
    unittest.main()
