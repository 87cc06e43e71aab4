"""Run-length encoding of text."""


def encode(text):
    """Pairs of character and count."""
    runs = []
    if not text:
        return runs
    current, count = text[0], 1
    for char in text[1:]:
        if char == current:
            count += 1
        else:
            runs.append((current, count))
            current, count = char, 1
    runs.append((current, count))
    return runs


def decode(runs):
    return "".join(char * count for char, count in runs)


def longest_run(text):
    """The longest run; the first one where several are as long."""
    return max(encode(text), key=lambda run: run[1], default=None)
