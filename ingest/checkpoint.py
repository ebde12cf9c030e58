"""How far long work has come, so that it may go on there after it was ended or interrupted."""


class Checkpoint:
    """
    Where work begins, and whom to tell how far it is. This one is for work that is done in one go.

    `cursor` is what was reached last, in words that only the work itself can read; "" is the beginning.
    """

    cursor = ""

    async def reached(self, cursor: str) -> None:
        """All up to `cursor` is done, which may be done again. What this raises ends the work for now."""


IN_ONE_GO = Checkpoint()
