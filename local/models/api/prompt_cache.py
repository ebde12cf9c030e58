"""
The beginnings of prompts that a server has read lately, and need not read again.

By OpenAI's rules, which are Azure's too: the beginning must be the same, tools before messages and pictures included;
it is 1,024 tokens or longer, in steps of 128; and it is kept for 5 to 10 minutes after its last use
(https://developers.openai.com/api/docs/guides/prompt-caching).
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

LEAST_TOKENS, STEP = 1024, 128
KEPT_SECONDS = 600.0
MAX_PREFIXES = 50_000


class PromptCache:
    """What all models of a server have read; each has its own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_use: OrderedDict[tuple[str, bytes], float] = OrderedDict()

    def read(self, model: str, tokens: Sequence[str]) -> tuple[int, int]:
        """How many tokens of this prompt were read before, and how many more are kept now."""
        now, cached, length = self._clock(), 0, 0
        for length, digest in _prefixes(tokens):
            key = model, digest
            if now - self._last_use.get(key, -KEPT_SECONDS) < KEPT_SECONDS:
                cached = length
            self._last_use[key] = now
            self._last_use.move_to_end(key)
        while len(self._last_use) > MAX_PREFIXES:
            self._last_use.popitem(last=False)
        return cached, length - cached


def _prefixes(tokens: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """The lengths of all beginnings that are kept, with their hashes."""
    digest, done = hashlib.blake2b(digest_size=16), 0
    for length in range(LEAST_TOKENS, len(tokens) + 1, STEP):
        digest.update("\0".join(tokens[done:length]).encode(errors="surrogatepass"))
        done = length
        yield length, digest.digest()
