"""Rules of access over paths."""


def covers(rule_path, path):
    """Whether `path` is `rule_path` or below it."""
    if rule_path == "/":
        return True
    return path == rule_path or path.startswith(rule_path + "/")


def is_allowed(rules, action, path):
    """Rules are tuples of effect ("allow" or "deny"), action and path."""
    best = None
    for effect, rule_action, rule_path in rules:
        if rule_action not in (action, "*") or not covers(rule_path, path):
            continue
        rank = (len(rule_path), effect == "deny")
        if best is None or rank > best[0]:
            best = (rank, effect)
    return best is not None and best[1] == "allow"
