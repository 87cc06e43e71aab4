import unittest

from run_length import encode, decode


class VisibleTests(unittest.TestCase):
    def test_runs_are_counted(self):
        self.assertEqual(encode("aab"), [("a", 2), ("b", 1)])

    def test_the_first_run_is_whole(self):
        self.assertEqual(encode("aaab")[0], ("a", 3))

    def test_there_and_back(self):
        self.assertEqual(decode(encode("xxyzz")), "xxyzz")


if __name__ == "__main__":
    unittest.main()
