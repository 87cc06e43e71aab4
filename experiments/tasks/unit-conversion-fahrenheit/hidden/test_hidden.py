import unittest

from units import convert


class HiddenTests(unittest.TestCase):
    def test_water_freezes(self):
        self.assertEqual(convert(0, "C", "F"), 32.0)

    def test_where_both_scales_meet(self):
        self.assertEqual(convert(-40, "C", "F"), -40.0)
        self.assertEqual(convert(-40, "F", "C"), -40.0)

    def test_absolute_zero(self):
        self.assertEqual(convert(0, "K", "F"), -459.67)
        self.assertEqual(convert(0, "K", "C"), -273.15)

    def test_the_same_unit_changes_nothing(self):
        self.assertEqual(convert(98.6, "F", "F"), 98.6)

    def test_kelvin_to_kelvin(self):
        self.assertEqual(convert(300, "K", "K"), 300)

    def test_kilometres_and_miles(self):
        self.assertEqual(convert(5, "km", "mi"), 3.106856)

    def test_kinds_do_not_mix(self):
        with self.assertRaises(ValueError):
            convert(1, "C", "m")


if __name__ == "__main__":
    unittest.main()
