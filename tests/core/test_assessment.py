"""What is recorded of an assessment's fate, and of consent."""

from datetime import date

import pytest

from vivomap.core import PURPOSES, Consent, Refusal


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_consent_is_for_one_purpose(purpose: str) -> None:
    assert Consent("P1", purpose, True, "Dr A", date(2026, 3, 1)).purpose == purpose


def test_another_purpose_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        Consent("P1", "marketing", True, "Dr A", date(2026, 3, 1))
    assert refused.value.code == "unknown_name"
