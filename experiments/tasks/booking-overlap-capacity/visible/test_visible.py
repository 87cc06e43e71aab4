import unittest

from bookings import Room


class VisibleTests(unittest.TestCase):
    def test_bookings_may_touch(self):
        room = Room(0, 100)
        self.assertEqual([room.book(10, 20), room.book(20, 30)], [True, True])

    def test_until_the_end_of_the_day(self):
        room = Room(0, 100)
        self.assertEqual(room.book(90, 100), True)

    def test_the_rest_of_the_day_is_free(self):
        room = Room(0, 100)
        room.book(0, 40)
        self.assertEqual(room.gaps(10), [(40, 100)])


if __name__ == "__main__":
    unittest.main()
