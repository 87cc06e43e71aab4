"""A reader of INI files."""


def parse_ini(text):
    """Sections with their names and values; raises ValueError with the line."""
    sections = {}
    current = ""
    for number, raw in enumerate(text.splitlines()):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            current = line[1:].strip()
            sections.setdefault(current, {})
            continue
        name, sign, value = line.rpartition("=")
        if not sign or not name.strip():
            raise ValueError(f"line {number}: no name and value")
        sections.setdefault(current, {})[name.strip()] = value.strip()
    return sections


def format_ini(sections):
    lines = []
    for section, values in sections.items():
        if section:
            lines.append(f"[{section}]")
        lines.extend(f"{name} = {value}" for name, value in values.items())
    return "\n".join(lines) + "\n"


def error_of(text):
    """The message for a broken text, None for a good one."""
    try:
        parse_ini(text)
    except ValueError as error:
        return str(error)
    return None
