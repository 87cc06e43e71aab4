import unittest

from topological import topological_order


class HiddenTests(unittest.TestCase):
    def test_a_circle_of_one_is_refused(self):
        with self.assertRaises(ValueError):
            topological_order({"a": ["a"]})

    def test_a_circle_behind_a_start_is_refused(self):
        with self.assertRaises(ValueError):
            topological_order({"a": ["b"], "b": ["c"], "c": ["d"], "d": ["b"]})

    def test_a_diamond_is_no_circle(self):
        self.assertEqual(topological_order({"a": ["b", "c"], "b": ["d"], "c": ["d"]}), ["d", "b", "c", "a"])

    def test_names_only_needed_are_there(self):
        self.assertEqual(topological_order({"a": ["z"]}), ["z", "a"])

    def test_nothing_has_an_empty_order(self):
        self.assertEqual(topological_order({}), [])

    def test_apart_from_each_other_by_name(self):
        self.assertEqual(topological_order({"b": [], "a": []}), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
