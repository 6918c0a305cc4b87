"""When a quotation counts as one."""

from __future__ import annotations

import pytest

from stepline.record.quotes import SourceText

SOURCE = SourceText(
    "They were elevated\n\nprior to IVIG\ttreatment (the patients’ levels), and fell."
)


@pytest.mark.parametrize(
    "quote",
    [
        "elevated prior to IVIG treatment",
        "elevated\n   prior",
        "the patients' levels",
        "They were … and fell.",
        "They were ... treatment … fell",
    ],
)
def test_white_space_and_marks_do_not_matter_and_dots_skip_words(quote: str) -> None:
    assert SOURCE.holds(quote)


@pytest.mark.parametrize(
    "quote", ["elevated after IVIG", "fell … They were", "were were", "Elevated prior"]
)
def test_other_words_another_order_and_another_case_are_no_quotation(quote: str) -> None:
    assert not SOURCE.holds(quote)
