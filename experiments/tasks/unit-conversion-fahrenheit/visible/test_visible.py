import unittest

from units import convert


class VisibleTests(unittest.TestCase):
    def test_water_boils(self):
        self.assertEqual(convert(100, "C", "F"), 212.0)

    def test_a_mile_in_metres(self):
        self.assertEqual(convert(1, "mi", "m"), 1609.344)


if __name__ == "__main__":
    unittest.main()
