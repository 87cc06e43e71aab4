"""A small reader of CSV text."""


def parse_csv(text):
    """Rows of fields; quotes may hold commas, line breaks and doubled quotes."""
    rows, row, field = [], [], ""
    quoted = False
    at = 0
    while at < len(text):
        char = text[at]
        if quoted and char == '"':
            if text[at + 1 : at + 2] == '"':
                field += '"'
                at += 1
            else:
                quoted = False
        elif char == '"' and not quoted:
            quoted = True
        elif char == "," and not quoted:
            row.append(field)
            field = ""
        elif char == "\n" and not quoted:
            rows.append(row + [field])
            row, field = [], ""
        else:
            field += char
        at += 1
    if field or row:
        rows.append(row + [field])
    return rows
