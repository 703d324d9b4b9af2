"""The form in which a policy is edited: one field a number, made from the policy itself, so that none is missing."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django import forms

from forum import policy
from forum.bounds import bound_of
from forum.presets import DAILY, TOKENS, Consequence, Policy, ReasonRule
from forum.rulebook.rules import TABLES, BadSpan, check_policy, read_span, span_words, value_words

TITLES = {
    "start": "Where comments start",
    "posting": "How much, and how fast",
    "reasons": "Reasons",
    "grants": "Who is given points",
    "tokens": "Tokens and points",
    "spending": "Spending points",
    "metamoderation": "Metamoderation",
}
MODES = ((TOKENS, "by tokens"), (DAILY, "the same to everybody each day"))
CHOICES = {"grant_mode": MODES}
SPARE_ROWS = 3  # empty ones beneath a table
ROWS_MAX = 60
REASON_COLUMNS = {"karma": "Karma", "is_label": "Label", "is_metamoderable": "Metamoderated", "needs_prior": "Answer"}
PENALTY_COLUMNS = {"earlier": "Earlier moderations", "tokens": "Tokens"}
CONSEQUENCE_COLUMNS = {
    "up_to": "Fair share up to",
    "fair_voters": "Fair voters",
    "unfair_voters": "Unfair voters",
    "moderator_tokens": "Moderator's tokens",
    "moderator_karma": "Moderator's karma",
}


class SpanField(forms.CharField):
    """A span of time in words, such as 14 days."""

    def prepare_value(self, value):
        return span_words(value) if isinstance(value, timedelta) else value

    def clean(self, value) -> timedelta:
        try:
            return read_span(super().clean(value))
        except BadSpan as problem:
            raise forms.ValidationError(str(problem)) from problem


class RowField(forms.CharField):
    """Several numbers in a row, as many as there were, with commas between."""

    def __init__(self, *, count: int, **words):
        super().__init__(**words)
        self.count = count

    def prepare_value(self, value):
        return value_words(value).replace("−", "-") if isinstance(value, tuple) else value

    def clean(self, value) -> tuple[float, ...]:
        parts = super().clean(value).replace(",", " ").split()
        try:
            numbers = tuple(map(float, parts))
        except ValueError as problem:
            raise forms.ValidationError("Give numbers with commas between.") from problem
        if len(numbers) != self.count:
            raise forms.ValidationError(f"Give {self.count} numbers; these are {len(numbers)}.")
        return numbers


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers that belong together, and the tables that stand beneath them."""

    title: str
    fields: list[forms.BoundField]
    tables: list["Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a policy as rows of fields; ``head`` names what each row is about, where that is fixed."""

    name: str
    title: str
    columns: list[str]
    rows: list[tuple[str, list[forms.BoundField]]]


class PolicyForm(forms.Form):
    """Every number of ``base``, to be changed. ``policy`` holds what was chosen once the form is valid."""

    reason = forms.CharField(
        max_length=200, required=False, widget=forms.TextInput(attrs={"size": 60}), label="Why is the policy switched?"
    )

    def __init__(self, data=None, *, base: Policy):
        super().__init__(data, auto_id="policy-%s")
        self.base, self.policy = base, None
        self._plain = [one for one in dataclasses.fields(Policy) if one.metadata and one.name not in TABLES]
        for one in self._plain:
            self.fields[one.name] = _field(one, getattr(base, one.name))
        self._add_reasons()
        self._add_rows("consequences", CONSEQUENCE_COLUMNS, map(dataclasses.astuple, base.consequences))
        self._add_rows("repeat_penalties", PENALTY_COLUMNS, base.repeat_penalties)

    def _add_reasons(self) -> None:
        offered = list(self.base.rule_of)
        self.reasons = [*offered, *(number for number in policy.REASONS if number not in offered)]
        for place, number in enumerate(self.reasons, start=1):
            known = policy.REASONS[number]
            rule = self.base.rule_of.get(number) or ReasonRule(number, known.karma, known.is_label, known.is_label)
            name = known.name
            self._add(f"reasons-{number}-order", forms.IntegerField, place if number in offered else None, name)
            self._add(f"reasons-{number}-karma", forms.IntegerField, rule.karma, name)
            for column in ("is_label", "is_metamoderable", "needs_prior"):
                self._add(f"reasons-{number}-{column}", forms.BooleanField, getattr(rule, column), name)

    def _add_rows(self, table: str, columns: dict[str, str], rows) -> None:
        rows = list(rows)
        for place in range(min(len(rows) + SPARE_ROWS, ROWS_MAX)):
            for column, name in enumerate(columns):
                value = rows[place][column] if place < len(rows) else None
                is_whole = name in PENALTY_COLUMNS
                kind = forms.IntegerField if is_whole else forms.FloatField
                self._add(f"{table}-{place}-{name}", kind, value, f"row {place + 1}")

    def _add(self, name: str, kind: type[forms.Field], initial: Any, about: str) -> None:
        column = name.rsplit("-", 1)[-1]
        told = REASON_COLUMNS | CONSEQUENCE_COLUMNS | PENALTY_COLUMNS | {"order": "Place in the list"}
        field = self.fields[name] = kind(required=False, initial=initial, label=f"{told[column]}, {about}")
        field.widget.attrs["aria-label"] = field.label
        if kind is forms.FloatField:
            field.widget.attrs["step"] = "any"

    # -- Reading it ------------------------------------------------------------------------------------------------

    def clean(self):
        said = super().clean()
        if self.errors:
            return said
        chosen = {one.name: said[one.name] for one in self._plain}
        tables = {
            "reasons": self._read_reasons(said),
            "consequences": tuple(Consequence(*row) for row in self._read_rows(said, "consequences")),
            "repeat_penalties": tuple(self._read_rows(said, "repeat_penalties")),
        }
        if self.errors:
            return said
        wanted = replace(self.base, **chosen, **tables)
        for fault in check_policy(wanted):
            self.add_error(fault.name if fault.name in self.fields else None, _about(fault.name) + fault.words)
        self.policy = None if self.errors else wanted
        return said

    def _read_reasons(self, said) -> tuple[ReasonRule, ...]:
        offered = [number for number in self.reasons if said[f"reasons-{number}-order"] is not None]
        rules = []
        for number in sorted(offered, key=lambda number: said[f"reasons-{number}-order"]):
            values = {column: said[f"reasons-{number}-{column}"] for column in REASON_COLUMNS}
            if values["karma"] is None:
                self.add_error(f"reasons-{number}-karma", f"{policy.REASONS[number].name}: say what karma it gives.")
                continue
            rules.append(ReasonRule(number, **values))
        return tuple(rules)

    def _read_rows(self, said, table: str) -> Iterator[tuple]:
        for place, names in enumerate(self._names(table)):
            row = tuple(said[name] for name in names)
            if row.count(None) == len(row):
                continue
            if None in row:
                self.add_error(names[row.index(None)], f"Row {place + 1} is not complete.")
                continue
            yield row

    def _names(self, table: str) -> list[list[str]]:
        columns = PENALTY_COLUMNS if table == "repeat_penalties" else CONSEQUENCE_COLUMNS
        count = sum(name.startswith(f"{table}-") for name in self.fields) // len(columns)
        return [[f"{table}-{place}-{name}" for name in columns] for place in range(count)]

    # -- Showing it ------------------------------------------------------------------------------------------------

    @property
    def groups(self) -> Iterator[Group]:
        of = {one.name: one.metadata["group"] for one in self._plain}
        tables = {"reasons": [self._reasons_table()], "metamoderation": list(self._row_tables())}
        for name in dict.fromkeys((*TITLES, *of.values())):
            fields = [self[one] for one in of if of[one] == name]
            yield Group(TITLES.get(name, name.capitalize()), fields, tables.get(name, []))

    def _reasons_table(self) -> Table:
        rows = []
        for number in self.reasons:
            names = [f"reasons-{number}-{column}" for column in ("order", *REASON_COLUMNS)]
            score = f"{policy.REASONS[number].score:+d}".replace("-", "−").replace("+0", "0")
            rows.append((f"{policy.REASONS[number].name} {score}", [self[name] for name in names]))
        return Table("reasons", "What each reason does", ["Reason", "Place", *REASON_COLUMNS.values()], rows)

    def _row_tables(self) -> Iterator[Table]:
        words = {one.name: one.metadata["words"] for one in dataclasses.fields(Policy) if one.metadata}
        for table, columns in (("consequences", CONSEQUENCE_COLUMNS), ("repeat_penalties", PENALTY_COLUMNS)):
            rows = [(str(place), [self[name] for name in names]) for place, names in enumerate(self._names(table), 1)]
            yield Table(table, words[table], ["Row", *columns.values()], rows)


def _about(name: str) -> str:
    return {"reasons": "Reasons: ", "consequences": "What a verdict does: ", "repeat_penalties": "Repeats: "}.get(
        name, ""
    )


def _field(one: dataclasses.Field, value: Any) -> forms.Field:
    slash = one.metadata["slash"]
    words = {"label": one.metadata["words"], "initial": value, "help_text": _help(one.name, slash)}
    if one.name in CHOICES:
        return forms.ChoiceField(choices=CHOICES[one.name], **words)
    if isinstance(value, bool):
        return forms.BooleanField(required=False, **words)
    if isinstance(value, timedelta):
        return SpanField(max_length=60, **words)
    if isinstance(value, tuple):
        return RowField(count=len(value), max_length=200, **words)
    if isinstance(value, int):
        return forms.IntegerField(**words)
    field = forms.FloatField(**words) if isinstance(value, float) else forms.CharField(max_length=50, **words)
    if isinstance(value, float):
        field.widget.attrs["step"] = "any"
    return field


def _help(name: str, slash: str) -> str:
    bound = bound_of(name)
    between = f"{value_words(bound.least)} to {value_words(bound.most)}. " if bound else ""
    return f"{name}. {between}" + (f"Slash: {slash}." if slash != "–" else "")
