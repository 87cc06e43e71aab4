"""Order of tasks by what they need."""


def topological_order(needs):
    """Names in an order in which each comes behind those it needs."""
    order = []
    state = {}

    def visit(name):
        if state.get(name) == "done":
            return
        if state.get(name) == "open":
            raise ValueError(f"{name} needs itself")
        state[name] = "done"
        for other in sorted(needs.get(name, ())):
            visit(other)
        state[name] = "done"
        order.append(name)

    for name in sorted(needs):
        visit(name)
    return order
