from datetime import UTC, datetime, timedelta

import pytest

from marketplace.work.rules import refuse_rate_change

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(days=10)


@pytest.mark.parametrize(
    ("rate_minor", "valid_from", "last_from", "field", "why"),
    [
        (1800, NOW + timedelta(seconds=1), BEGAN, None, "any moment to come"),
        (1400, NOW + timedelta(days=1), BEGAN, None, "the floor belongs to the band"),
        (2300, NOW + timedelta(days=1), BEGAN, None, "so does the top"),
        (1800, NOW, BEGAN, "valid_from", "now is not the future"),
        (1800, NOW - timedelta(days=1), BEGAN, "valid_from", "past time keeps its rate"),
        (1800, NOW + timedelta(days=1), NOW + timedelta(days=1), "valid_from", "a change from then on is agreed"),
        (1800, NOW + timedelta(days=1), NOW + timedelta(days=2), "valid_from", "a later change is agreed"),
        (1399, NOW + timedelta(days=1), BEGAN, "rate", "below the band"),
        (2301, NOW + timedelta(days=1), BEGAN, "rate", "above the band"),
    ],
)
def test_a_rate_changes_only_in_the_future_and_within_the_band(
    rate_minor: int, valid_from: datetime, last_from: datetime, field: str | None, why: str
) -> None:
    refusal = refuse_rate_change(
        rate_minor=rate_minor, band=(1400, 2300), valid_from=valid_from, now=NOW, last_from=last_from
    )
    assert (refusal and refusal[0]) == field, why
