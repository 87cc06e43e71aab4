"""Loaded by every Python process of a contained command: sockets are refused, with a message that says so.

An audit hook cannot be removed again from Python code, and costs no import. It is no sandbox all the same.
"""

import sys

_REFUSED = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


def _refuse_network(event, _arguments):
    if event in _REFUSED:
        raise PermissionError("network refused: tests run without one")


sys.addaudithook(_refuse_network)
