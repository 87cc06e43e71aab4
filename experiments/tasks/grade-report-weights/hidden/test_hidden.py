import unittest

from grades import category_mean, final_grade, letter


class HiddenTests(unittest.TestCase):
    def test_a_single_score_is_never_dropped(self):
        self.assertEqual(category_mean([40], True), 40.0)

    def test_only_one_of_the_worst_is_dropped(self):
        self.assertEqual(category_mean([50, 50, 80], True), 65.0)

    def test_categories_without_scores_do_not_count(self):
        self.assertEqual(final_grade([(2, [70], False), (5, [], True)]), 70.0)

    def test_nothing_has_no_grade(self):
        self.assertEqual(final_grade([]), None)
        self.assertEqual(category_mean([]), None)

    def test_small_weights(self):
        self.assertEqual(final_grade([(0.2, [50, 100], True), (0.8, [75], False)]), 80.0)

    def test_rounded_to_two_places(self):
        self.assertEqual(final_grade([(1, [1, 2, 2], False)]), 1.67)

    def test_the_scores_stay_as_they_are(self):
        scores = [3, 1, 2]
        category_mean(scores, True)
        self.assertEqual(scores, [3, 1, 2])

    def test_letters_at_their_bounds(self):
        self.assertEqual([letter(g) for g in (90, 89.99, 60, 59)], ["A", "B", "D", "F"])


if __name__ == "__main__":
    unittest.main()
