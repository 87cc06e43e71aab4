import unittest

from permissions import is_allowed


class HiddenTests(unittest.TestCase):
    def test_without_a_rule_nothing_is_allowed(self):
        self.assertEqual(is_allowed([], "read", "/a"), False)

    def test_the_nearest_rule_decides(self):
        self.assertEqual(is_allowed([("deny", "read", "/a"), ("allow", "read", "/a/b")], "read", "/a/b/c"), True)

    def test_the_nearest_rule_may_deny(self):
        self.assertEqual(is_allowed([("allow", "*", "/"), ("deny", "write", "/etc")], "write", "/etc/x"), False)

    def test_the_root_covers_all(self):
        self.assertEqual(is_allowed([("allow", "*", "/")], "read", "/any/where"), True)

    def test_the_order_of_rules_does_not_matter(self):
        self.assertEqual(is_allowed([("deny", "*", "/a"), ("allow", "read", "/a")], "read", "/a/x"), False)

    def test_other_actions_are_apart(self):
        self.assertEqual(is_allowed([("allow", "read", "/a")], "write", "/a"), False)

    def test_a_sibling_with_the_same_begin(self):
        self.assertEqual(is_allowed([("allow", "*", "/"), ("deny", "*", "/home/kim")], "read", "/home/kimberly"), True)


if __name__ == "__main__":
    unittest.main()
