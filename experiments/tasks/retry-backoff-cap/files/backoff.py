"""Exponential backoff."""


def delays(attempts, first=1.0, factor=2.0, limit=30.0):
    """Seconds to wait after each failed attempt but the last."""
    result = []
    delay = first
    for _ in range(attempts - 1):
        result.append(max(delay, limit))
        delay *= factor
    return result


def call_with_retries(call, attempts, sleep, **options):
    """The result of `call`; raises its last error when all attempts failed."""
    waits = delays(attempts, **options)
    for number in range(attempts):
        try:
            return call()
        except OSError:
            if number == attempts - 1:
                raise
            sleep(waits[number])
