"""What a dose instruction in free text says, and where it is not read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.quantity import Quantity
from stepline.core.time import Period
from stepline.record.sig import (
    FLAG_SAYS,
    REMARK_SAYS,
    Between,
    Body,
    Flag,
    Per,
    Remark,
    Sig,
    Taper,
    Unread,
    read_sig,
    write_sig,
)
from stepline.record.sig_judging import judged

DAY, TWO_DAYS = Period(days=1), Period(days=2)
WEEK, FOUR_WEEKS = Period(days=7), Period(days=28)
FORTNIGHT = Period(days=14)


def between(low: str, high: str = "") -> Between:
    return Between(Decimal(low), Decimal(high or low))


def mg(low: str, high: str = "") -> Sig:
    return Sig(amount=between(low, high), unit="mg")


def grams(low: str, unit: str = "g") -> Sig:
    return Sig(amount=between(low), unit=unit)


def tablets(low: str, high: str = "", strength: str = "") -> Sig:
    each = Quantity(Decimal(strength), "mg") if strength else None
    flags = () if strength else (Flag.STRENGTH_MISSING,)
    return Sig(count=between(low, high), form="tablet", strength=each, flags=flags)


def read(text: str, drug: str = "") -> Sig:
    sig = read_sig(text, drug)
    assert isinstance(sig, Sig), sig
    return sig


def alternate_days(low: str, other: str = "") -> Sig:
    turns = between(other) if other else None
    every = Period(days=2)
    return replace(mg(low), every=every, alternate=turns, remarks=(Remark.ALTERNATE_DAYS,))


PLAIN = {
    "1 g IV on day 1 and 15": replace(grams("1"), route="intravenous", days=(1, 15)),
    "1 g IV D0, D14": replace(grams("1"), route="intravenous", days=(0, 14)),
    "rituximab 1 g days 1 & 15 every 6 months": replace(
        grams("1"), drug="rituximab", days=(1, 15), every=Period(months=6)
    ),
    "1 g two weeks apart": replace(grams("1"), every=FORTNIGHT, flags=(Flag.REPEATS_MISSING,)),
    "two doses of 1 g, 2 weeks apart": replace(grams("1"), every=FORTNIGHT, repeats=2),
    "1 g q2w x 2 doses": replace(grams("1"), every=FORTNIGHT, repeats=2),
    "375 mg/m2 weekly x4": replace(mg("375"), unit="mg/m2", every=WEEK, repeats=4),
    "375 mg/m² IV every week for 4 doses": replace(
        mg("375"), unit="mg/m2", route="intravenous", every=WEEK, repeats=4
    ),
    "0.4 g/kg daily for 5 days": replace(grams("0.4", "g/kg"), every=DAY, duration=Period(days=5)),
    "0.4 g/kg daily for 5 days every 4 weeks": replace(
        grams("0.4", "g/kg"), every=FOUR_WEEKS, on_days=between("5")
    ),
    "0.4 g/kg/day for 5 days q4w": replace(
        grams("0.4", "g/kg"), per=Per.DAY, every=FOUR_WEEKS, on_days=between("5")
    ),
    "2 g/kg in total, divided over 2-5 days, every 4 weeks": replace(
        grams("2", "g/kg"), per=Per.COURSE, every=FOUR_WEEKS, on_days=between("2", "5")
    ),
    "2 g/kg divided over 5 days": replace(grams("2", "g/kg"), per=Per.COURSE, on_days=between("5")),
    "20 mg od reducing by 5 mg every week until 5 mg": replace(
        mg("20"),
        flags=(Flag.RIGHT_EYE,),
        every=DAY,
        taper=Taper(Quantity(Decimal(5), "mg"), WEEK, Quantity(Decimal(5), "mg")),
    ),
    "1 g daily on days 1-3": replace(grams("1"), days=(1, 2, 3)),
    "1 g over 4 hours every 6 months": replace(
        grams("1"), lasting=Period(hours=4), every=Period(months=6)
    ),
    "1 g 4-weekly": replace(grams("1"), every=FOUR_WEEKS),
    "15 mg once weekly on Mondays": replace(mg("15"), every=WEEK, weekdays=("monday",)),
    "15 mg sc every Friday": replace(
        mg("15"), route="subcutaneous", every=WEEK, weekdays=("friday",)
    ),
    "10 mg mon, wed and fri": replace(
        mg("10"), every=WEEK, weekdays=("monday", "wednesday", "friday")
    ),
    "15 mg/week": replace(mg("15"), per=Per.WEEK),
    "10 mg three times a week": replace(mg("10"), every=WEEK, times=3),
    "10 mg daily, reduce by 2.5 mg every 2 weeks to 5 mg": replace(
        mg("10"),
        every=DAY,
        taper=Taper(Quantity(Decimal("2.5"), "mg"), FORTNIGHT, Quantity(Decimal(5), "mg")),
    ),
    "60 mg od, then reduce by 10% every month to 7.5 mg daily": replace(
        mg("60"),
        flags=(Flag.RIGHT_EYE,),
        every=DAY,
        taper=Taper(Quantity(Decimal(10), "%"), Period(months=1), Quantity(Decimal("7.5"), "mg")),
    ),
    "40 mg od": replace(mg("40"), every=DAY, flags=(Flag.RIGHT_EYE,)),
    "40 mg po od": replace(mg("40"), route="oral", every=DAY),
    "1 g 2 weekly": replace(grams("1"), every=FORTNIGHT, flags=(Flag.EVERY_OR_TIMES,)),
    "1 g two weekly": replace(grams("1"), every=FORTNIGHT, flags=(Flag.EVERY_OR_TIMES,)),
    "40mg PO mane": replace(mg("40"), route="oral", moments=("morning",)),
    "25 mg nocte prn": replace(mg("25"), moments=("night",), as_needed=True),
    "500 mg b.d. p.o. 2/52": replace(
        mg("500"), route="oral", every=DAY, times=2, duration=FORTNIGHT
    ),
    "50 mg tds": replace(mg("50"), every=DAY, times=3),
    "50 mg tid for 3/12": replace(mg("50"), every=DAY, times=3, duration=Period(months=3)),
    "250 mg qds x 5/7": replace(mg("250"), every=DAY, times=4, duration=Period(days=5)),
    "250 mg qid": replace(mg("250"), every=DAY, times=4),
    "5 mg qd until 2026-03-01": replace(mg("5"), every=DAY, until="2026-03-01"),
    "50 mg q12h": replace(mg("50"), every=Period(hours=12)),
    "5 mg on alternate days": alternate_days("5"),
    "20 mg every other day": alternate_days("20"),
    "20 mg qod": alternate_days("20"),
    "20 mg eod": alternate_days("20"),
    "20 mg every second day": alternate_days("20"),
    "40/20 mg alternate days": alternate_days("40", "20"),
    "40 mg / 20 mg on alternate days": alternate_days("40", "20"),
    "40 mg and 20 mg on alternate days": alternate_days("40", "20"),
    "40 mg alternating with 20 mg": alternate_days("40", "20"),
    "40 mg alternating with 20 mg daily": alternate_days("40", "20"),
    "20 mg alternating with 20 mg": replace(mg("20"), every=DAY),
    "40 mg 1x/d": replace(mg("40"), every=DAY),
    "40 mg 1x daily": replace(mg("40"), every=DAY),
    "50 mg 2x/day": replace(mg("50"), every=DAY, times=2),
    "15 mg 1x weekly": replace(mg("15"), every=WEEK),
    "10 mg 3 x per week": replace(mg("10"), every=WEEK, times=3),
    "40 g/month": replace(grams("40"), per=Per.MONTH),
    "2 g/kg/month": replace(grams("2", "g/kg"), per=Per.MONTH),
    "2 g/kg per 4 weeks": replace(grams("2", "g/kg"), per=Per.COURSE, every=FOUR_WEEKS),
    "2 g/kg/4 weeks over 5 days": replace(
        grams("2", "g/kg"), per=Per.COURSE, every=FOUR_WEEKS, on_days=between("5")
    ),
    "40 g/28 days": replace(grams("40"), per=Per.COURSE, every=FOUR_WEEKS),
    "40 g per month monthly": replace(grams("40"), per=Per.MONTH),
    "1 g on 3 consecutive days daily": replace(grams("1"), on_days=between("3")),
    "500 micrograms im stat": replace(
        Sig(amount=between("500"), unit="ug"), route="intramuscular", once=True
    ),
    "1 mg/kg/day": replace(mg("1"), unit="mg/kg", per=Per.DAY),
    "150 mg per day in 3 divided doses": replace(mg("150"), per=Per.DAY, every=DAY, times=3),
    "5–10 mg daily": replace(mg("5", "10"), every=DAY),
    "methotrexate 2.5 mg tablets: take 6 tablets once a week": replace(
        tablets("6", strength="2.5"), drug="methotrexate", every=WEEK
    ),
    "6 x 2.5 mg tablets once a week": replace(tablets("6", strength="2.5"), every=WEEK),
    "6 tablets (15 mg) weekly": replace(mg("15"), count=between("6"), form="tablet", every=WEEK),
    "1-2 tablets prn": replace(tablets("1", "2"), as_needed=True),
    "half a tablet od": replace(tablets("0.5"), every=DAY),
    "1½ tabs od": replace(tablets("1.5"), every=DAY),
    "40 mg": replace(mg("40"), flags=(Flag.RHYTHM_MISSING,)),
    ".5 mg od": replace(mg("0.5"), every=DAY, flags=(Flag.RIGHT_EYE, Flag.DECIMAL_NAKED)),
    "1.0 mg od": replace(mg("1.0"), every=DAY, flags=(Flag.RIGHT_EYE, Flag.DECIMAL_TRAILING)),
    "1000 g daily": replace(grams("1000"), every=DAY),
}


@pytest.mark.parametrize(("text", "sig"), PLAIN.items(), ids=PLAIN.keys())
def test_a_text_is_read_as_a_prescriber_means_it(text: str, sig: Sig) -> None:
    assert read_sig(text) == sig


UNREAD = {
    "": "empty",
    "as directed": "words-unknown",
    "15": "unit-missing",
    "take 15 od": "unit-missing",
    "10 u sc od": "unit-missing",
    "1,000 mg od": "number-comma",
    "avoid 10 mg od": "words-unknown",
    "do not give 10 mg": "words-unknown",
    "10 mg od unless unwell": "words-unknown",
    "od": "dose-missing",
    "methotrexate 15 weekly": "dose-missing",
    "10 mg biweekly": "rhythm-unclear",
    "1 g x2 weekly": "rhythm-unclear",
    "1/2 tablet od": "unit-missing",
    "500 mg/5 ml od": "words-unknown",
    "10 mg twice": "rhythm-unclear",
    "10 mg daily weekly": "rhythm-twice",
    "10 mg od 5 mg od": "said-twice",
    "20 mg od for 5/7 then 10 mg od for 5/7": "words-unknown",
    "10 mg daily on mondays": "rhythm-twice",
    "2 g/kg in total daily over 5 days": "basis-twice",
    "10 mg/week daily": "basis-rhythm",
    "10-5 mg od": "number-wrong",
    "0 mg od": "number-wrong",
    "10 mg every 0 days": "number-wrong",
    "1 g on days 15 and 1": "days-wrong",
    "2 tablets od reduce by 5 mg every week": "taper-unit",
    "2.5 mg capsules: 6 tablets weekly": "form-differs",
    "10 mg od " * 40: "too-long",
    "10 mg 2x weekly": "rhythm-unclear",
    "40 g per 4 weeks weekly": "rhythm-twice",
    "40 g per 4 weeks per dose": "words-unknown",
    "20 mg and 10 mg every other day": "said-twice",
    "40 mg alternating with 20 mg weekly": "rhythm-twice",
    "40 mg alternating with 20 mL": "rhythm-twice",
    "40 mg bd alternating with 20 mg": "rhythm-twice",
    "6 tablets alternating with 20 mg": "rhythm-twice",
    "alternating with 20 mg": "dose-missing",
    "40 g/month every 4 weeks": "basis-rhythm",
    "10 mg for 5/7 then 5 mg on alternate days": "words-unknown",
}


@pytest.mark.parametrize(("text", "code"), UNREAD.items(), ids=[key[:40] for key in UNREAD])
def test_a_text_that_could_be_misread_is_not_read(text: str, code: str) -> None:
    found = read_sig(text)
    assert isinstance(found, Unread)
    assert found.code == code


def test_a_course_over_days_is_the_total_or_the_dose_of_each_day_and_neither_is_chosen() -> None:
    sig = read("2 g/kg over 5 days every 4 weeks")
    assert sig.per is Per.NOT_STATED
    assert sig.flags == (Flag.TOTAL_OR_EACH,)
    total, each = sig.readings
    assert (total.per, each.per) == (Per.COURSE, Per.DOSE)
    assert {one.on_days for one in sig.readings} == {between("5")}
    assert {one.every for one in sig.readings} == {FOUR_WEEKS}


@pytest.mark.parametrize(
    "text", ["2 g/kg over 5 days", "120 g over 4 days", "ivig 2 g/kg over 5 days every 4 weeks"]
)
def test_an_amount_over_days_is_the_total_where_no_day_could_hold_it(text: str) -> None:
    sig = read(text, "ivig")
    assert (sig.per, sig.flags, sig.remarks) == (Per.COURSE, (), (Remark.TOTAL_BY_AMOUNT,))


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("0.4 g/kg over 5 days", "ivig"),  # 2 g/kg in all, if it is the dose of each day
        ("1 g over 3 days", "methylprednisolone"),
        ("150 g for 5 days", "ivig"),
        ("2 g/kg on 5 consecutive days", "ivig"),
        ("2 g/kg over 5 days", ""),
    ],
)
def test_an_amount_over_days_that_each_day_could_hold_is_asked(text: str, drug: str) -> None:
    sig = read(text, drug)
    assert (sig.per, sig.flags) == (Per.NOT_STATED, (Flag.TOTAL_OR_EACH,))


@pytest.mark.parametrize(
    ("text", "drug"),
    [("40 mg od", "prednisone"), ("prednisolone 5 mg o.d.", ""), ("1 mg/kg od", "methotrexate")],
)
def test_od_is_once_a_day_where_the_drug_has_no_dose_for_the_eye(text: str, drug: str) -> None:
    sig = read(text, drug)
    assert sig.every == DAY
    assert Flag.RIGHT_EYE not in sig.flags
    assert sig.remarks == (Remark.OD_DAILY,)


@pytest.mark.parametrize(
    ("text", "drug"),
    [("4 mg od", "triamcinolone"), ("40 mg od", "aqua"), ("1 ml od", "prednisone")],
)
def test_od_stays_asked_where_it_can_be_the_right_eye(text: str, drug: str) -> None:
    assert Flag.RIGHT_EYE in read(text, drug).flags


@pytest.mark.parametrize(
    ("text", "mean"),
    [
        ("20 mg every other day", "10"),
        ("40/20 mg alternate days", "30"),
        ("7.5/5 mg alternate days", "6.25"),
        ("2.5 mg q48h", "1.25"),
    ],
)
def test_alternate_days_have_an_exact_mean_a_day(text: str, mean: str) -> None:
    assert read(text).a_day == (Quantity(Decimal(mean), "mg"), Quantity(Decimal(mean), "mg"))


@pytest.mark.parametrize("text", ["20 mg daily", "20 mg weekly", "375 mg/m2 q2w"])
def test_other_rhythms_have_no_mean(text: str) -> None:
    assert read(text).a_day is None


def test_an_amount_for_days_without_a_rhythm_has_both_readings() -> None:
    sig = read("150 g for 5 days")
    assert sig.flags == (Flag.TOTAL_OR_EACH,)
    assert [(one.per, one.every) for one in sig.readings] == [(Per.COURSE, None), (Per.DOSE, DAY)]


def test_an_amount_per_day_several_times_a_day_has_both_readings() -> None:
    sig = read("60 mg/day bd")
    assert sig.flags == (Flag.DAY_OR_DOSE,)
    assert [one.per for one in sig.readings] == [Per.DAY, Per.DOSE]


@pytest.mark.parametrize(
    "text",
    [
        "methotrexate 15 mg daily", "methotrexate 15 mg bd", "methotrexate 15 mg/day",
        "methotrexate 15 mg nocte", "methotrexate 15 mg for 5 days",
        "methotrexate 15 mg mon and tue", "methotrexate 15 mg twice a week",
        "methotrexate 2.5 mg tablets: 6 tablets od",
    ],
)  # fmt: skip
def test_methotrexate_more_than_once_a_week_is_flagged_and_kept(text: str) -> None:
    assert Flag.WEEKLY_DRUG_DAILY in read(text).flags
    unnamed = text.removeprefix("methotrexate ")
    assert Flag.WEEKLY_DRUG_DAILY in read(unnamed, "methotrexate").flags
    assert Flag.WEEKLY_DRUG_DAILY not in read(unnamed).flags


@pytest.mark.parametrize(
    "text", ["15 mg weekly", "15 mg on mondays", "15 mg once a week nocte", "15 mg q1w"]
)
def test_methotrexate_once_a_week_is_not_flagged(text: str) -> None:
    assert read(text, "methotrexate").flags == ()


def test_a_text_that_names_another_drug_than_the_order_is_not_read() -> None:
    found = read_sig("rituximab 1 g stat", "methotrexate")
    assert isinstance(found, Unread)
    assert found.code == "drug-differs"


def test_a_count_that_is_not_the_amount_beside_it_is_flagged() -> None:
    assert read("6 x 2.5 mg tablets (15 mg) weekly").flags == ()
    assert read("6 x 2.5 mg tablets (20 mg) weekly").flags == (Flag.COUNT_AMOUNT_DIFFER,)


def test_a_count_of_known_strength_is_a_dose() -> None:
    sig = read("1-2 x 2.5 mg tablets od")
    assert sig.dose == (Quantity(Decimal("2.5"), "mg"), Quantity(Decimal("5.0"), "mg"))
    assert read("1-2 tablets od").dose is None


def test_days_are_counted_from_the_first_of_them() -> None:
    assert read("1 g on day 1 and 15").day_offsets == read("1 g d0, d14").day_offsets == (0, 14)


def test_the_body_is_told_by_the_unit() -> None:
    bodies = [read(f"1 {unit} od").body for unit in ("mg", "mg/kg", "mg/m2")]
    assert bodies == [Body.ABSOLUTE, Body.PER_KG, Body.PER_M2]


def test_every_flag_has_its_sentence() -> None:
    assert set(FLAG_SAYS) == set(Flag)
    assert set(REMARK_SAYS) == set(Remark)


# ---------------------------------------------------------------- any text, any instruction

WORDS = [
    "1", "2.5", "mg", "g/kg", "daily", "weekly", "od", "then", "bd", "x", "every", "weeks", "for",
    "over", "5", "days",
    "/day", "prn", "on", "mondays", "in total", "tablets", "reduce by", "to", "5/7", "d1", ",",
    "once", "twice", "a", "week", "½", "q4w", "methotrexate", "%", "until", "apart", "99999999999",
    "alternating with", "alternate days", "/", "per month", "ivig", "prednisone", "1x/d", "eod",
]  # fmt: skip


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_no_text_raises_and_what_is_read_is_written_and_read_to_the_same(text: str) -> None:
    sig = read_sig(text)
    if isinstance(sig, Unread):
        assert sig.reason.endswith(".")
        return
    plain = {Flag.DECIMAL_NAKED, Flag.DECIMAL_TRAILING, Flag.REPEATS_MISSING}
    plain |= {Flag.RIGHT_EYE, Flag.EVERY_OR_TIMES}
    kept = replace(
        sig,
        flags=tuple(flag for flag in sig.flags if flag not in plain),
        remarks=tuple(one for one in sig.remarks if one is Remark.ALTERNATE_DAYS),
    )
    assert read_sig(write_sig(sig)) == kept


numbers = st.integers(1, 4000).map(lambda number: Decimal(number) / 4)
ranges = st.tuples(numbers, numbers).map(lambda pair: Between(min(pair), max(pair)))
bounds = numbers.map(lambda number: Between(number, number)) | ranges
day_counts = st.tuples(st.integers(2, 5), st.integers(0, 5)).map(
    lambda pair: Between(Decimal(pair[0]), Decimal(pair[0] + pair[1]))
)
long_cycles = st.sampled_from([Period(days=21), Period(days=28), Period(months=1)])
durations = st.integers(1, 90).map(lambda days: Period(days=days)) | st.integers(1, 9).map(
    lambda months: Period(months=months)
)
weekday_sets = st.sampled_from([("monday",), ("tuesday", "friday")])
units = st.sampled_from(
    ["mg", "g", "ug", "[IU]", "mL", "mg/kg", "g/kg", "ug/kg", "mg/m2", "g/m2", "[IU]/kg"]
)
strengths = st.none() | numbers.map(lambda number: Quantity(number, "mg"))
doses = st.builds(Sig, amount=bounds, unit=units) | st.builds(
    Sig, count=bounds, form=st.sampled_from(["tablet", "capsule", "vial"]), strength=strengths
)
rhythms = st.one_of(
    st.fixed_dictionaries(
        {"every": st.just(DAY), "times": st.integers(1, 4), "duration": st.none() | durations}
    ),
    st.fixed_dictionaries({"every": st.just(WEEK), "times": st.integers(1, 4)}),
    st.fixed_dictionaries({"every": st.just(WEEK), "weekdays": weekday_sets}),
    st.fixed_dictionaries({"every": long_cycles, "repeats": st.none() | st.integers(1, 12)}),
    st.fixed_dictionaries({"every": st.integers(1, 72).map(lambda hours: Period(hours=hours))}),
    st.fixed_dictionaries({"days": st.just((1, 15)), "every": st.none() | long_cycles}),
    st.fixed_dictionaries(
        {"days": st.just((1, 2, 3)), "per": st.sampled_from([Per.DOSE, Per.NOT_STATED])}
    ),
    st.fixed_dictionaries(
        {
            "on_days": day_counts,
            "every": st.none() | long_cycles,
            "per": st.sampled_from([Per.DOSE, Per.DAY, Per.COURSE, Per.NOT_STATED]),
        }
    ),
    st.fixed_dictionaries({"per": st.sampled_from([Per.DAY, Per.WEEK, Per.MONTH])}),
    st.fixed_dictionaries(
        {
            "per": st.sampled_from([Per.DAY, Per.NOT_STATED]),
            "every": st.just(DAY),
            "times": st.integers(2, 4),
        }
    ),
    st.fixed_dictionaries(
        {"duration": durations, "per": st.sampled_from([Per.COURSE, Per.NOT_STATED])}
    ),
    st.fixed_dictionaries({"moments": st.sampled_from([("morning",), ("morning", "night")])}),
    st.just({"once": True}),
    st.just({"as_needed": True}),
)
extras = st.fixed_dictionaries(
    {
        "drug": st.sampled_from(["", "rituximab", "methotrexate"]),
        "route": st.sampled_from(["", "oral", "intravenous", "subcutaneous", "intramuscular"]),
        "lasting": st.none() | st.integers(1, 500).map(lambda minutes: Period(minutes=minutes)),
        "until": st.sampled_from(["", "2026-02-28", "review"]),
    }
)
tapers = st.none() | st.builds(
    Taper,
    st.builds(Quantity, numbers, st.just("%")),
    durations,
)


@given(doses, rhythms, extras, tapers)
def test_every_instruction_is_written_and_read_to_the_same(
    dose: Sig, rhythm: dict[str, object], extra: dict[str, object], taper: Taper | None
) -> None:
    sig = judged(replace(dose, **rhythm, **extra, taper=taper if dose.unit else None))  # type: ignore[arg-type]
    assert read_sig(write_sig(sig)) == sig


@given(bounds, bounds, units)
def test_amounts_by_turns_are_written_and_read_to_the_same(
    one: Between, other: Between, unit: str
) -> None:
    turns = other if other != one else None
    every = TWO_DAYS if turns else DAY
    sig = judged(Sig(amount=one, unit=unit, every=every, alternate=turns))
    assert read_sig(write_sig(sig)) == sig
    assert (sig.a_day is None) is (turns is None)


@given(st.integers(1, 400), numbers, units)
def test_a_taper_by_an_amount_is_written_and_read_to_the_same(
    days: int, number: Decimal, unit: str
) -> None:
    step = Quantity(number, unit)
    taper = Taper(step, Period(days=days), step)
    sig = Sig(amount=Between(number, number), unit=unit, every=DAY, taper=taper)
    assert read_sig(write_sig(sig)) == sig
