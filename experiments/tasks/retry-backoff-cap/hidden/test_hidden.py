import unittest

from backoff import delays, call_with_retries


class HiddenTests(unittest.TestCase):
    def test_one_attempt_waits_never(self):
        self.assertEqual(delays(1), [])

    def test_a_long_row_stays_at_the_limit(self):
        self.assertEqual(delays(8)[-2:], [30.0, 30.0])

    def test_another_factor(self):
        self.assertEqual(delays(4, first=1, factor=3, limit=100), [1, 3, 9])

    def test_a_first_wait_above_the_limit(self):
        self.assertEqual(delays(3, first=50, limit=5), [5, 5])

    def test_other_errors_are_not_retried(self):
        slept = []
        with self.assertRaises(ZeroDivisionError):
            call_with_retries(lambda: 1 / 0, 3, slept.append)
        self.assertEqual(slept, [])

    def test_the_last_error_is_raised(self):
        slept = []
        with self.assertRaises(OSError):
            call_with_retries(lambda: open("/missing/file"), 3, slept.append)
        self.assertEqual(slept, [1.0, 2.0])


if __name__ == "__main__":
    unittest.main()
