"""All attacks, by kind."""

from tests.attacks import (
    agent_addresses,
    agents,
    bodies,
    framing,
    keys,
    neighbours,
    originals,
    origins,
    page,
    paths,
    pictures,
    requests,
    shares,
    signed_pictures,
    slow,
    stand_ins,
)
from tests.attacks.attack import Attack

MODULES = (
    origins,
    keys,
    neighbours,
    requests,
    framing,
    bodies,
    paths,
    originals,
    signed_pictures,
    shares,
    pictures,
    page,
    agents,
    agent_addresses,
    stand_ins,
    slow,
)
ATTACKS: tuple[Attack, ...] = tuple(attack for module in MODULES for attack in module.attacks())
