"""What makes exposures one era, and eras one line of treatment: every choice by name.

Where a peer has a word for the same choice, it stands beside it. A default is a convention of a
tool that is named, or the choice that loses nothing; none is a clinical threshold. See
`docs/reference/eras.md` for cases, and `docs/decisions/0020-eras-by-stated-choices.md` for reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from stepline.core.errors import Place, Problem, TimeRefused
from stepline.core.evidence import Evidence, Kind, Status

_MOST_DAYS = 36_600
"""A hundred years: more is a slip."""


class CountedDoses(StrEnum):
    """Which rows of a record are doses.

    `recognised`: those that recognition counts, so that eras and courses agree; an order of which
    no giving is recorded stands in for a dose, and a row that is written twice counts once.
    `given-else-ordered`: every giving, and of a drug without any every order. `given`: every giving
    and nothing else.
    """

    RECOGNISED = "recognised"
    GIVEN_ELSE_ORDERED = "given-else-ordered"
    GIVEN = "given"


class SameDay(StrEnum):
    """What a day is on which one drug ends and another begins."""

    SWITCH = "switch"
    COMBINATION = "combination"


class Inside(StrEnum):
    """What a short era is that lies within the days of another drug's era."""

    COMBINATION = "combination"
    ABSORBED = "absorbed"


class Repeat(StrEnum):
    """What the same drugs are when they come back after days without any drug, or at all."""

    NEW = "new"
    SAME = "same"
    FIRST_ONLY = "first-only"


@dataclass(frozen=True, slots=True)
class EraRules:
    """How exposures of one ingredient become eras. All lengths are whole days.

    - `gap_days`: drug-free days that are bridged; one more begins a new era. OMOP: persistence
      window (30); AdhereR: `maximum.permissible.gap`; TreatmentPatterns: `eraCollapseSize`. OMOP's
      script and TreatmentPatterns compare dates, not drug-free days: see `drug_free_days`.
    - `carry_over`: a supply fetched early is used up after the one before. AdhereR:
      `carryover.within.obs.window`; OMOP: stockpiling, assumed not to happen.
    - `grace_after_last`: days added after the last supply of an era; at most `gap_days`, so that
      eras never meet. AdhereR: `maximum.permissible.gap.append.to.episode`; Circe: surveillance
      window.
    - `end_inclusive`: whether an end is the last day with the drug, or the first without.
    - `unknown_end_days`: how many days an exposure counts for whose end is not known; its era says
      that its end is not known.
    - `minimum_era_days`: shorter eras are left out. TreatmentPatterns: `minEraDuration`.

    Raises `TimeRefused` with every choice that is out of range.
    """

    gap_days: int = 30
    carry_over: bool = False
    grace_after_last: int = 0
    end_inclusive: bool = True
    unknown_end_days: int = 1
    minimum_era_days: int = 1

    def __post_init__(self) -> None:
        problems = [
            *_out_of_range(
                ("gap_days", self.gap_days, 0),
                ("grace_after_last", self.grace_after_last, 0),
                ("unknown_end_days", self.unknown_end_days, 1),
                ("minimum_era_days", self.minimum_era_days, 1),
            )
        ]
        if not problems and self.grace_after_last > self.gap_days:
            problems.append(
                Problem(
                    "grace-longer-than-gap",
                    "The grace after the last supply is longer than the gap that is bridged.",
                    Place(path="grace_after_last"),
                    found=str(self.grace_after_last),
                    allowed=f"at most gap_days, which is {self.gap_days}",
                    mend="lower grace_after_last, or raise gap_days",
                )
            )
        if problems:
            raise TimeRefused(problems)


@dataclass(frozen=True, slots=True)
class CombinationRules:
    """How eras of several ingredients become lines of treatment.

    - `minimum_overlap`: days that two eras share at least to be a combination; fewer are a switch,
      and the earlier era ends where the later begins. TreatmentPatterns: `combinationWindow` (30).
    - `same_day_switch`: what one shared day is; decides only where `minimum_overlap` is 1.
    - `inside`: whether an era shorter than `minimum_overlap` that lies within another's days is a
      combination nevertheless, as in TreatmentPatterns, or is left out.
    - `repeat_after_gap`: whether the same drugs are a new line, the same line where none lies
      between, or told the first time only. TreatmentPatterns: `filterTreatments` = All, Changes,
      First.
    - `minimum_line_days`: shorter lines are left out, and a drug that ran through one goes on.
      TreatmentPatterns: `minPostCombinationDuration` (30).

    Raises `TimeRefused` with every choice that is out of range.
    """

    minimum_overlap: int = 30
    same_day_switch: SameDay = SameDay.SWITCH
    inside: Inside = Inside.COMBINATION
    repeat_after_gap: Repeat = Repeat.NEW
    minimum_line_days: int = 1

    def __post_init__(self) -> None:
        problems = [
            *_out_of_range(
                ("minimum_overlap", self.minimum_overlap, 1),
                ("minimum_line_days", self.minimum_line_days, 1),
            )
        ]
        if problems:
            raise TimeRefused(problems)

    @property
    def shortest_combination(self) -> int:
        """The fewest days shared by two eras, neither inside the other, that are a combination."""
        is_switch = self.same_day_switch is SameDay.SWITCH
        return max(self.minimum_overlap, 2 if is_switch else 1)


DEFAULTS: Mapping[str, Evidence] = MappingProxyType(
    {
        "gap_days": Evidence(
            "omop-drug-era",
            Kind.STANDARD,
            Status.SECONDARY,
            "A persistence window of 30 days between exposures of one drug era; a convention",
        ),
        "minimum_overlap": Evidence(
            "treatmentpatterns-parameters",
            Kind.STANDARD,
            Status.VERIFIED,
            "combinationWindow = 30; a default of the tool",
        ),
    }
)
"""Where the defaults that are numbers are read; the others leave nothing out."""


def drug_free_days(difference: int, *, end_inclusive: bool, below: bool = False) -> int:
    """`gap_days` for a tool that compares dates: start minus the end before, up to `difference`.

    With ends that are the last day of the drug, a difference of 1 is no drug-free day. `below` is
    for tools that bridge what is less than `difference`, not up to it. OMOP's script (30, up to)
    over inclusive ends bridges 29 drug-free days; TreatmentPatterns (30, below) bridges 28.
    """
    return max(0, difference - end_inclusive - below)


def _out_of_range(*choices: tuple[str, int, int]) -> Iterable[Problem]:
    for name, value, least in choices:
        if not least <= value <= _MOST_DAYS:
            yield Problem(
                "days-out-of-range",
                f"{name} is a number of days that cannot be used.",
                Place(path=name),
                found=str(value),
                allowed=f"a whole number from {least} to {_MOST_DAYS}",
                mend=f"give {name} in days",
            )
