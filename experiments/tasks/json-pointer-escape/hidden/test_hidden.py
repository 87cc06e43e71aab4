import unittest

from json_pointer import get


class HiddenTests(unittest.TestCase):
    def test_a_list_of_one(self):
        self.assertEqual(get({"a": ["x"]}, "/a/0"), "x")

    def test_beyond_a_list(self):
        with self.assertRaises(LookupError):
            get([1], "/1")

    def test_a_slash_in_a_name(self):
        self.assertEqual(get({"a/b": 1}, "/a~1b"), 1)

    def test_the_whole_document(self):
        self.assertEqual(get({"a": 1}, ""), {"a": 1})

    def test_an_empty_name(self):
        self.assertEqual(get({"": 5}, "/"), 5)

    def test_no_pointer_is_refused(self):
        with self.assertRaises(ValueError):
            get({}, "a")

    def test_a_name_is_no_index(self):
        with self.assertRaises(LookupError):
            get([1, 2], "/x")
        with self.assertRaises(LookupError):
            get([1, 2], "/-1")

    def test_both_escapes(self):
        self.assertEqual(get({"~1/": 7}, "/~01~1"), 7)


if __name__ == "__main__":
    unittest.main()
