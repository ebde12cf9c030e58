"""Which captions a move excuses: those whose answer died with an instance, and no others."""

from benchmarks.migration_audit import paid_again
from tests.soak.inventory import ModelCall

FIRST = ModelCall("a picture", 100.0, 106.0)
SECOND = ModelCall("a picture", 130.0, 136.0)


def test_a_caption_is_excused_where_an_instance_was_killed_with_the_answer() -> None:
    for death in (100.0, 103.0, 106.5):
        assert paid_again([SECOND, FIRST], [50.0, death]) == 1


def test_no_other_is() -> None:
    other = ModelCall("another picture", 101.0, 107.0)
    for deaths in ([], [99.0], [129.0], [131.0]):
        assert paid_again([FIRST, SECOND, other], deaths) == 0
    assert paid_again([FIRST, SECOND, ModelCall("a picture", 200.0, 206.0)], [103.0]) == 1
