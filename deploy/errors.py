"""
What can go wrong in a deployment:

    DeployError      it ends here: the message says what to do
      NotYet         what was just deployed takes its time; try again
      Unreachable    it answers only from inside the network
"""


class DeployError(Exception):
    """The deployment cannot go on; the message says why, and what to do."""


class NotYet(DeployError):
    """Worth trying again: something starts, or a role does not work yet."""


class Unreachable(DeployError):
    """A service answers only from inside its network."""
