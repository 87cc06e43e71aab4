import unittest

from shipping import rate, shipping_cost


class VisibleTests(unittest.TestCase):
    def test_a_limit_belongs_to_its_tier(self):
        self.assertEqual(rate(500), 300)

    def test_zones_multiply(self):
        self.assertEqual(shipping_cost(100, "far", 0), 1200)

    def test_the_free_amount_is_free(self):
        self.assertEqual(shipping_cost(100, "home", 5000), 0)


if __name__ == "__main__":
    unittest.main()
