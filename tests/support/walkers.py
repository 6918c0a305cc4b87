"""Patients made in another way than `stepline.synth` makes them, with the truth beside.

Doses are a renewal process: each is planned from the one that was given before, never from a fixed
calendar. Months follow a weekday (the second Tuesday), infusion units close at Christmas and on
Sundays, a day's dose is written as one row a bottle, doses step with the weight that a visit found,
orders stand beside administrations, daily drugs are refilled early and late. What is told of a
regimen is written here by hand; nothing is read from the library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from stepline.course.comparing import Stretch
from stepline.record.model import Event, EventStatus, Record, Subject, in_order

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Noise:
    """How far a record is from what was meant. Shares are of doses, or of patients."""

    missed: float
    late: float
    lost: float
    mistyped: float
    unit_lost: float
    intent_told: float
    group_told: float
    no_weight: float
    weighed_every: int
    spread: float


NOISE = {
    "none": Noise(0, 0, 0, 0, 0, 1, 1, 0, 60, 0),
    "default": Noise(0.03, 0.03, 0.01, 0.002, 0.002, 0.6, 0.7, 0, 90, 1),
    "heavy": Noise(0.08, 0.08, 0.06, 0.01, 0.02, 0.2, 0.3, 0.02, 200, 1.6),
}


@dataclass(frozen=True)
class Infused:
    """Doses at an interval: `days` of a cycle share `amount` (per kg, per m², or plain)."""

    regimen: str
    drug: str
    intent: str
    amount: str
    unit: str
    per: str
    days: int
    gap: int
    cycles: tuple[int, int]
    is_month: bool = False
    is_home: bool = False


@dataclass(frozen=True)
class Daily:
    """A dose every day, in `unit` per day; `per` is kg or nothing."""

    regimen: str
    drug: str
    amounts: tuple[str, ...]
    unit: str
    per: str
    months: tuple[int, int]
    step: str


_IM, _RE = "immunomodulation", "replacement"

IMMUNOGLOBULIN = (
    Infused("ivig-2g-over-5d-monthly", "ivig", _IM, "2", "g", "kg", 5, 30, (4, 8), is_month=True),
    Infused("ivig-2g-over-2d-every-4-weeks", "ivig", _IM, "2", "g", "kg", 2, 28, (4, 9)),
    Infused("ivig-1g-every-4-weeks", "ivig", _IM, "1", "g", "kg", 2, 28, (4, 14)),
    Infused("ivig-400-weekly", "ivig", _IM, "0.4", "g", "kg", 1, 7, (9, 40)),
    Infused("ivig-200-every-2-weeks", "ivig", _IM, "0.2", "g", "kg", 1, 14, (6, 40)),
    Infused("ivig-200-every-4-weeks-replacement", "ivig", _RE, "0.2", "g", "kg", 1, 28, (5, 24)),
    Infused("ivig-400-every-4-weeks-replacement", "ivig", _RE, "0.4", "g", "kg", 1, 28, (5, 24)),
    Infused("scig-200-weekly", "scig", _IM, "0.2", "g", "kg", 1, 7, (12, 60), is_home=True),
    Infused(
        "scig-facilitated-every-4-weeks-replacement", "scig", _RE, "0.4", "g", "kg", 1, 28, (5, 20)
    ),
    Infused("", "ivig", _IM, "0.65", "g", "kg", 1, 21, (5, 12)),
)
RITUXIMAB = (
    Infused("rituximab-375-weekly-x4", "rituximab", _IM, "375", "mg", "m2", 1, 7, (4, 4)),
    Infused("rituximab-1g-x2", "rituximab", _IM, "1000", "mg", "", 1, 14, (2, 2)),
    Infused("rituximab-500-x2", "rituximab", _IM, "500", "mg", "", 1, 14, (2, 2)),
    Infused("rituximab-1g-weekly-x2", "rituximab", _IM, "1000", "mg", "", 1, 7, (2, 2)),
)
KEPT_UP = {
    "1000": Infused(
        "rituximab-1g-every-6-months", "rituximab", _IM, "1000", "mg", "", 1, 183, (3, 6)
    ),
    "500": Infused(
        "rituximab-500-every-6-months", "rituximab", _IM, "500", "mg", "", 1, 183, (3, 6)
    ),
}
PULSE = Infused("methylprednisolone-1g-x3", "methylprednisolone", _IM, "3", "g", "", 3, 1, (1, 1))
WEEKLY = (
    Infused(
        "methotrexate-weekly", "methotrexate", _IM, "15", "mg", "", 1, 7, (12, 90), False, True
    ),
    Infused(
        "folic-acid-weekly", "folic-acid", "prophylaxis", "5", "mg", "", 1, 7, (12, 60), False, True
    ),
)
TABLETS = (
    Daily("azathioprine-daily", "azathioprine", ("2", "2.5"), "mg", "kg", (4, 30), "25"),
    Daily("mycophenolate-daily", "mycophenolate", ("2", "3"), "g", "", (4, 30), "0.5"),
)
HIGH = {
    "prednisone": Daily(
        "prednisone-high-dose", "prednisone", ("1", "1.4"), "mg", "kg", (2, 3), "5"
    ),
    "prednisolone": Daily(
        "prednisolone-1-mg-per-kg", "prednisolone", ("0.8", "1"), "mg", "kg", (2, 3), "5"
    ),
}


@dataclass(frozen=True)
class Walked:
    """A record and its true courses."""

    record: Record
    truth: tuple[Stretch, ...]


def walkers(count: int, seed: int, noise: str) -> list[Walked]:
    """So many patients; a patient depends on the seed and the own number only."""
    return [_Walker(n, Random(f"{seed}/{n}"), NOISE[noise]).walk() for n in range(1, count + 1)]


@dataclass
class _Walker:
    number: int
    random: Random
    noise: Noise
    events: list[Event] = field(default_factory=list)
    truth: list[Stretch] = field(default_factory=list)

    def walk(self) -> Walked:
        random = self.random
        self.born = date(2013, 1, 1) + DAY * random.randrange(3000)
        light = random.random() < 0.5
        self.kg = random.lognormvariate(4.06 if light else 4.38, 0.13)
        self.cm = random.gauss(161 if light else 176, 6)
        self.drift = random.gauss(0, 0.03)
        self.as_ordered = random.random() < 0.25
        self.in_bottles = random.random() < 0.4
        self.written = random.choice(("g", "g", "mg", "per"))
        self._visits()
        # Four tracks in any combination; a patient with none of them has no course.
        begun = self.born + DAY * 20
        for share, track in (
            (0.85, self._immunoglobulin),
            (0.45, self._rituximab),
            (0.55, self._steroids),
            (0.55, self._background),
        ):
            if random.random() < share:
                track(begun + DAY * random.randrange(400))
        record = Record(Subject(self.number), in_order(self.events))
        return Walked(record, tuple(self.truth))

    # ------------------------------------------------------------ the body

    def _weight(self, day: date) -> float:
        years = (day - self.born).days / 365
        return self.kg * (1 + self.drift * min(years, 5))

    def _visits(self) -> None:
        random = self.random
        if random.random() < self.noise.no_weight:
            return
        day = self.born
        self._moment(day, "height", Decimal(round(self.cm)), "cm")
        for _ in range(400):
            if day.year > 2030:
                return
            kg = Decimal(round(self._weight(day) + random.gauss(0, 0.4), 1)).quantize(
                Decimal("0.1")
            )
            self._moment(day, "weight", kg, "kg")
            every = self.noise.weighed_every
            day += DAY * random.randrange(every // 2, every * 3 // 2)

    def _size(self, per: str, day: date) -> Decimal:
        kg = self._weight(day)
        sizes = {"": 1.0, "kg": kg, "m2": (kg * self.cm / 3600) ** 0.5}
        return Decimal(round(sizes[per], 3)).quantize(Decimal("0.001"))

    # ------------------------------------------------------------ the tracks

    def _immunoglobulin(self, day: date) -> None:
        before = ""
        for _ in range(self.random.choice((1, 1, 2, 2, 3, 4))):
            way = self.random.choice([w for w in IMMUNOGLOBULIN if w.regimen != before])
            last = self._infusions(way, day)
            before = way.regimen
            day = last + DAY * (30 + self.random.randrange(60))

    def _rituximab(self, day: date) -> None:
        small = self._size("m2", day) <= Decimal("1.5")
        way = self.random.choice(RITUXIMAB[:3] if small else RITUXIMAB)
        last = self._infusions(way, day)
        kept = KEPT_UP.get(way.amount)
        if kept and self.random.random() < 0.5:
            self._infusions(kept, last + DAY * (175 + self.random.randrange(30)))

    def _steroids(self, day: date) -> None:
        random = self.random
        if random.random() < 0.3:
            day = self._infusions(PULSE, day) + DAY
        drug = random.choice(("prednisone", "prednisolone"))
        if drug == "prednisone" and random.random() < 0.6:
            last, dose = self._tablets(HIGH[drug], day)
            self._reductions("prednisone-taper", drug, last + DAY, dose)
        elif drug == "prednisolone" and random.random() < 0.6:
            self._stated_taper(day)
        else:
            self._tablets(HIGH[drug], day)

    def _background(self, day: date) -> None:
        if self.random.random() < 0.5:
            for way in WEEKLY if self.random.random() < 0.7 else WEEKLY[:1]:
                self._infusions(way, day + DAY * (way is WEEKLY[1]))
        else:
            self._tablets(self.random.choice(TABLETS), day)

    # ------------------------------------------------------------ doses at intervals

    def _infusions(self, way: Infused, day: date) -> date:
        random, noise = self.random, self.noise
        count = random.randint(*way.cycles)
        weekday, place = day.weekday(), min(4, (day.day + 6) // 7)
        told = random.random() < noise.intent_told
        dosed_for = self._weight(day)
        size = self._size(way.per, day)
        given: list[date] = []
        day = self._open(day, way)
        for number in range(count):
            inner = 0 < number < count - 1
            if inner and random.random() < noise.missed:
                self._not_given(way, day)
            else:
                if abs(self._weight(day) / dosed_for - 1) > 0.05:
                    dosed_for, size = self._weight(day), self._size(way.per, day)
                given += self._cycle(way, day, size, told)
            if number < count - 1:
                day = self._next(way, day, weekday, place)
        drug = way.drug
        self.truth.append(Stretch(self.number, way.regimen, given[0], given[-1], drug))
        return given[-1]

    def _next(self, way: Infused, day: date, weekday: int, place: int) -> date:
        if way.is_month:
            return self._open(_weekday_of_next_month(day, weekday, place), way)
        slack = min(way.gap / 10, 10) * self.noise.spread
        gap = way.gap + round(max(-way.gap / 5, min(way.gap / 5, self.random.gauss(0, slack / 2))))
        if self.random.random() < self.noise.late and way.cycles[1] > 4:
            gap += round(way.gap * self.random.uniform(0.3, 0.6))
        return self._open(day + DAY * gap, way)

    def _open(self, day: date, way: Infused) -> date:
        if way.is_home or not self.noise.spread:
            return day
        while (
            day.weekday() == 6 or (day.month, day.day) >= (12, 24) or (day.month, day.day) == (1, 1)
        ):
            day += DAY
        return day

    def _cycle(self, way: Infused, day: date, size: Decimal, told: bool) -> list[date]:
        days = [day + DAY * n for n in range(way.days)]
        each = Decimal(way.amount) * size / way.days
        step = Decimal({"g": "0.5", "mg": "1"}[way.unit]) * (5 if way.drug == "ivig" else 1)
        each = _rounded(each, step if way.per else Decimal("0.5"))
        for one in days:
            self._administered(way, one, each, size, told)
        return days

    def _administered(
        self, way: Infused, day: date, amount: Decimal, size: Decimal, told: bool
    ) -> None:
        random, noise = self.random, self.noise
        intent = way.intent if told else ""
        if random.random() < noise.lost:
            return
        if random.random() < noise.mistyped:
            amount *= random.choice((10, Decimal("0.1")))
        unit = way.unit
        if self.written == "per" and way.per:
            amount, unit = (amount / size).quantize(Decimal("0.001")), f"{unit}/{way.per}"
        elif self.written == "mg" and unit == "g":
            amount, unit = amount * 1000, "mg"
        if random.random() < noise.unit_lost:
            unit = ""
        if self.as_ordered:
            self._moment(day, way.drug, amount, unit, intent, EventStatus.ORDERED, 8)
        parts = _bottles(amount) if self.in_bottles and not way.is_home else [amount]
        for place, part in enumerate(parts):
            self._moment(day, way.drug, part, unit, intent, EventStatus.GIVEN, 9 + place)

    def _not_given(self, way: Infused, day: date) -> None:
        if self.random.random() < 0.3:
            self._moment(day, way.drug, None, "", "", EventStatus.NOT_GIVEN)

    # ------------------------------------------------------------ daily doses

    def _tablets(self, way: Daily, day: date) -> tuple[date, Decimal]:
        random = self.random
        end = day + DAY * (random.randint(*way.months) * 28 - 1)
        size = self._size(way.per, day)
        doses = [_rounded(Decimal(a) * size, Decimal(way.step)) for a in way.amounts]
        dose = random.choice(doses)
        rising = len(set(doses)) > 1 and random.random() < 0.3 and way in TABLETS
        first, group = day, self._group(way.drug)
        supply = random.choice((28, 56, 10_000))
        while day <= end:
            until = min(end, day + DAY * (supply - 1))
            now = doses[0] if rising and (day - first).days < 56 else doses[1] if rising else dose
            self._spell(way.drug, day, until, now, f"{way.unit}/d", group)
            late = random.choice((0, 0, 0, 2, 5)) if self.noise.spread else 0
            day = until + DAY * (1 + late)
        self.truth.append(Stretch(self.number, way.regimen, first, end, way.drug))
        return end, dose

    def _reductions(self, regimen: str, drug: str, day: date, dose: Decimal) -> None:
        group, first = self._group(drug, always=True), day
        end = day
        while dose > 5:
            dose = max(Decimal(5), _rounded(dose * Decimal("0.8"), Decimal("2.5")))
            end = day + DAY * (self.random.choice((14, 14, 21)) - 1)
            self._spell(drug, day, end, dose, "mg/d", group)
            day = end + DAY
        self.truth.append(Stretch(self.number, regimen, first, end, drug))

    def _stated_taper(self, day: date) -> None:
        drug, first = "prednisolone", day
        group = self._group(drug, always=True)
        dose = min(Decimal(75), _rounded(self._size("kg", day), Decimal(5)))
        end = day + DAY * 41
        self._spell(drug, day, end, dose, "mg/d", group)
        while dose > 25:
            dose -= 5
            day, end = end + DAY, end + DAY * 14
            self._spell(drug, day, end, dose, "mg/d", group)
        regimen = "prednisolone-taper-5-mg-every-2-weeks"
        self.truth.append(Stretch(self.number, regimen, first, end, drug))

    def _group(self, drug: str, *, always: bool = False) -> str:
        told = self.random.random() < self.noise.group_told
        return f"{drug}-{len(self.events)}" if told and always else ""

    # ------------------------------------------------------------ rows

    def _spell(
        self, drug: str, day: date, until: date, amount: Decimal, unit: str, group: str
    ) -> None:
        if self.random.random() < self.noise.lost / 2:
            return
        self._add(drug, day, 0, value=amount, unit=unit, group=group, end=until)

    def _moment(
        self,
        day: date,
        concept: str,
        amount: Decimal | None,
        unit: str,
        intent: str = "",
        status: EventStatus = EventStatus.GIVEN,
        hour: int = 9,
    ) -> None:
        self._add(concept, day, hour, value=amount, unit=unit, intent=intent, status=status)

    def _add(
        self,
        concept: str,
        day: date,
        hour: int,
        *,
        value: Decimal | None,
        unit: str,
        intent: str = "",
        group: str = "",
        status: EventStatus = EventStatus.GIVEN,
        end: date | None = None,
    ) -> None:
        until = datetime.combine(end, time.min) if end else None
        self.events.append(
            Event(
                len(self.events) + 1,
                datetime.combine(day, time(min(hour, 23))),
                concept,
                concept,
                value,
                unit=unit,
                intent=intent,
                group=group,
                status=status,
                end_time=until,
                is_spell=end is not None,
            )
        )


def _rounded(amount: Decimal, step: Decimal) -> Decimal:
    return max(step, (amount / step).quantize(Decimal(1)) * step)


def _bottles(amount: Decimal) -> list[Decimal]:
    """A dose as up to three rows that add up to it."""
    large = (amount / 2).quantize(Decimal("0.1"))
    rest = amount - large
    return [large, rest] if rest > 0 and large > 0 else [amount]


def _weekday_of_next_month(day: date, weekday: int, place: int) -> date:
    """The so-many-th weekday of the following month."""
    first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (place - 1))
