import unittest

from run_length import encode, decode, longest_run


class HiddenTests(unittest.TestCase):
    def test_a_single_run(self):
        self.assertEqual(encode("aaaa"), [("a", 4)])

    def test_a_single_character(self):
        self.assertEqual(encode("a"), [("a", 1)])

    def test_nothing_has_no_runs(self):
        self.assertEqual(encode(""), [])
        self.assertEqual(decode([]), "")

    def test_characters_in_turns(self):
        self.assertEqual(encode("abab"), [("a", 1), ("b", 1), ("a", 1), ("b", 1)])

    def test_there_and_back_for_others(self):
        self.assertEqual([decode(encode(t)) for t in ("aabbb", "a b", "\n\n", "éé")], ["aabbb", "a b", "\n\n", "éé"])

    def test_the_longest_run_may_be_the_last(self):
        self.assertEqual(longest_run("aabccc"), ("c", 3))

    def test_the_first_of_equal_runs_wins(self):
        self.assertEqual(longest_run("bbaa"), ("b", 2))
        self.assertEqual(longest_run(""), None)


if __name__ == "__main__":
    unittest.main()
