import unittest

from shipping import rate, shipping_cost, cheapest_split


class HiddenTests(unittest.TestCase):
    def test_every_limit(self):
        self.assertEqual([rate(1), rate(501), rate(2000), rate(2001), rate(10000)], [300, 500, 500, 900, 900])

    def test_beyond_the_last_tier(self):
        with self.assertRaises(ValueError):
            rate(10001)

    def test_nothing_to_ship(self):
        with self.assertRaises(ValueError):
            rate(0)

    def test_just_below_the_free_amount(self):
        self.assertEqual(shipping_cost(100, "home", 4999), 300)

    def test_other_zones_are_never_free(self):
        self.assertEqual(shipping_cost(600, "near", 9000), 1000)

    def test_together_is_cheaper(self):
        self.assertEqual(cheapest_split([250, 250], "near"), 600)

    def test_too_heavy_together(self):
        self.assertEqual(cheapest_split([6000, 6000], "home"), 1800)

    def test_apart_is_cheaper(self):
        self.assertEqual(cheapest_split([500, 1501], "home"), 800)


if __name__ == "__main__":
    unittest.main()
