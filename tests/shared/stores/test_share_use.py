"""How much of a share can be used."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter

from shared.errors import Throttled
from shared.stores import share_use
from shared.stores.share_use import ShareUse

NOW = datetime(2026, 5, 6, 7, 30, tzinfo=UTC)


def tried(use: ShareUse, number: int, client: str) -> ShareUse:
    for _ in range(number):
        use = use.with_attempts(1, client, NOW)
    return use


def test_a_client_that_guesses_keeps_no_other_out() -> None:
    use = tried(ShareUse(), share_use.ATTEMPTS_AN_HOUR, "1.2.3.4")

    with pytest.raises(Throttled) as refused:
        use.with_attempts(1, "1.2.3.4", NOW)
    assert refused.value.wait == 1800
    assert use.with_attempts(1, "5.6.7.8", NOW).with_attempts(-1, "5.6.7.8", NOW) == use
    assert use.with_attempts(1, "1.2.3.4", NOW + timedelta(hours=1)).attempts == 1
    assert "1.2.3.4" not in str(use)


def test_many_clients_cannot_guess_without_end() -> None:
    use = ShareUse()
    for number in range(share_use.ATTEMPTS_IN_ALL):
        use = tried(use, 1, f"10.0.0.{number}")

    with pytest.raises(Throttled):
        use.with_attempts(1, "5.6.7.8", NOW)


def test_links_and_what_follows_them_are_counted_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_use, "ORIGINALS_A_DAY", 1)
    monkeypatch.setattr(share_use, "DOWNLOADS_A_DAY", 2)
    use = ShareUse().with_original(NOW).with_download(NOW).with_download(NOW)

    for count in (use.with_original, use.with_download):
        with pytest.raises(Throttled):
            count(NOW)
        assert count(NOW + timedelta(days=1)).day == "2026-05-07"


def test_records_of_the_last_release_are_read() -> None:
    kept = b'{"day": "2026-05-06", "originals": 3, "hour": "2026-05-06T07", "attempts": 5}'

    use = TypeAdapter(ShareUse).validate_json(kept)

    assert (use.with_download(NOW).originals, use.with_attempts(1, "", NOW).attempts) == (3, 6)
