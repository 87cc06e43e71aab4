import unittest

from json_pointer import parse_pointer, get


class VisibleTests(unittest.TestCase):
    def test_the_last_item_of_a_list(self):
        self.assertEqual(get([1, 2, 3], "/2"), 3)

    def test_an_escaped_tilde_before_a_one(self):
        self.assertEqual(parse_pointer("/~01"), ["~1"])

    def test_members_of_members(self):
        self.assertEqual(get({"a": {"b": 1}}, "/a/b"), 1)


if __name__ == "__main__":
    unittest.main()
