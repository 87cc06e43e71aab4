"""Wrapping of plain text."""


def wrap(text, width):
    """Lines of at most `width` characters; a longer word stands alone."""
    lines = []
    line = ""
    for word in text.split():
        if not line:
            line = word
        elif len(line) + 1 + len(word) <= width:
            line += " " + word
        else:
            lines.append(line)
            line = word
    if line:
        lines.append(line)
    return lines


def indent(lines, prefix):
    return [prefix + line if line else line for line in lines]
