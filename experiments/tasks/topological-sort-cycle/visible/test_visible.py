import unittest

from topological import topological_order


class VisibleTests(unittest.TestCase):
    def test_what_is_needed_comes_first(self):
        self.assertEqual(topological_order({"a": ["b"], "b": ["c"]}), ["c", "b", "a"])

    def test_a_circle_is_refused(self):
        with self.assertRaises(ValueError):
            topological_order({"a": ["b"], "b": ["a"]})


if __name__ == "__main__":
    unittest.main()
