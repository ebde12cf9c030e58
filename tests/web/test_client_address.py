"""Where a request comes from, by what the nearest proxy says."""

import pytest
from starlette.datastructures import Headers

from web.client_address import client_address


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        (["1.2.3.4"], "1.2.3.4"),
        (["1.2.3.4:50000"], "1.2.3.4"),
        (["9.9.9.9, 1.2.3.4:50000"], "1.2.3.4"),
        (["9.9.9.9", "1.2.3.4"], "1.2.3.4"),
        (["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        (["[2001:db8:1:2::7]:443"], "2001:db8:1:2::/64"),
        (["::ffff:1.2.3.4"], "1.2.3.4"),
        (["nonsense"], ""),
        (["1.2.3.4,"], ""),
        (["1" * 10_000], ""),
    ],
)
def test_the_last_address_counts(values: list[str], expected: str) -> None:
    headers = Headers(raw=[(b"x-forwarded-for", each.encode()) for each in values])

    assert client_address(headers) == expected
