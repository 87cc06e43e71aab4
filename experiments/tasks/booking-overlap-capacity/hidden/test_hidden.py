import unittest

from bookings import Room


class HiddenTests(unittest.TestCase):
    def test_bookings_may_not_overlap(self):
        room = Room(0, 100)
        room.book(10, 20)
        self.assertEqual([room.book(19, 25), room.book(5, 11), room.book(12, 15), room.book(0, 90)], [False] * 4)

    def test_touching_before(self):
        room = Room(0, 100)
        room.book(20, 30)
        self.assertEqual(room.book(10, 20), True)
        self.assertEqual(room.bookings, [(10, 20), (20, 30)])

    def test_outside_the_hours(self):
        room = Room(10, 50)
        self.assertEqual([room.book(9, 20), room.book(40, 51), room.book(10, 50)], [False, False, True])

    def test_the_wrong_way_round(self):
        room = Room(0, 100)
        self.assertEqual([room.book(20, 20), room.book(30, 20)], [False, False])

    def test_gaps_between_bookings(self):
        room = Room(0, 100)
        room.book(10, 20)
        room.book(50, 60)
        self.assertEqual(room.gaps(10), [(0, 10), (20, 50), (60, 100)])

    def test_short_gaps_are_left_out(self):
        room = Room(0, 100)
        room.book(5, 50)
        room.book(60, 98)
        self.assertEqual(room.gaps(10), [(50, 60)])

    def test_an_empty_day_is_one_gap(self):
        self.assertEqual(Room(0, 100).gaps(1), [(0, 100)])

    def test_a_full_day_has_none(self):
        room = Room(0, 10)
        room.book(0, 10)
        self.assertEqual(room.gaps(0), [])


if __name__ == "__main__":
    unittest.main()
