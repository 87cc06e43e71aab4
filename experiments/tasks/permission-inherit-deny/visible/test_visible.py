import unittest

from permissions import is_allowed


class VisibleTests(unittest.TestCase):
    def test_a_denial_wins_over_the_same_path(self):
        self.assertEqual(is_allowed([("allow", "read", "/a"), ("deny", "read", "/a")], "read", "/a"), False)

    def test_a_longer_name_is_another_path(self):
        self.assertEqual(is_allowed([("allow", "read", "/a")], "read", "/ab"), False)

    def test_below_an_allowed_path(self):
        self.assertEqual(is_allowed([("allow", "read", "/a")], "read", "/a/b"), True)


if __name__ == "__main__":
    unittest.main()
