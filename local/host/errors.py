"""
What can go wrong before an app runs:

    CannotRun       the app or its settings are not fit to run; the text says why and what to do
"""


class CannotRun(Exception):
    """The message is for the person at the terminal and complete without a traceback."""
