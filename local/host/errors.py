"""
What can go wrong before the host is ready:

    HostStartupError    the app or its settings cannot be used; the message says why and what to do
"""


class HostStartupError(Exception):
    """The message is meant for the person at the terminal and is complete without a traceback."""
