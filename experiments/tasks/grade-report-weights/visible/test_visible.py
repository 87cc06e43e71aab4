import unittest

from grades import category_mean, final_grade


class VisibleTests(unittest.TestCase):
    def test_weights_count(self):
        self.assertEqual(final_grade([(3, [80], False), (1, [100], False)]), 85.0)

    def test_the_worst_is_dropped(self):
        self.assertEqual(category_mean([50, 90, 100], True), 95.0)

    def test_a_plain_mean(self):
        self.assertEqual(category_mean([80, 90]), 85.0)


if __name__ == "__main__":
    unittest.main()
