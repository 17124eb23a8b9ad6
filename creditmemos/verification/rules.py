"""One statement over one kind of rows, asking of each row everything that must hold of it."""

from dataclasses import dataclass, replace

from django.db import connection

SHOWN = 1000
"""At most so many broken rows are fetched per table; a thousand ids are enough to start from."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition in SQL that must be true (not false, not unknown) for every row, and what is said when it is not."""

    invariant: str
    says: str
    holds: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that some rows break. ``ids`` are theirs, as text; at most ``SHOWN``."""

    invariant: str
    says: str
    what: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.invariant} {self.says}: {self.what} {', '.join(self.ids)}"


@dataclass(frozen=True, slots=True)
class TableRules:
    """``rows`` is what follows FROM, ``key`` the SQL that names a row of it, ``what`` the word for such a row."""

    what: str
    rows: str
    key: str
    rules: tuple[Rule, ...]

    def sql(self) -> str:
        """The statement: broken rows only, with one column per rule."""
        answers = [f"r{number}" for number in range(len(self.rules))]
        asked = ", ".join(f"({rule.holds}) AS {name}" for rule, name in zip(self.rules, answers, strict=True))
        broken = " OR ".join(f"{name} IS NOT TRUE" for name in answers)
        return (
            f"SELECT k, {', '.join(answers)} FROM (SELECT CAST({self.key} AS text) AS k, {asked} FROM {self.rows}) x"
            f" WHERE {broken} LIMIT {SHOWN}"
        )

    def breaches(self) -> list[Breach]:
        """Run it and name the rows that break each rule."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql())
            found = cursor.fetchall()
        if len(found) == SHOWN and len(self.rules) > 1:  # What breaks one rule must not hide what breaks another.
            return [breach for rule in self.rules for breach in replace(self, rules=(rule,)).breaches()]
        broken = []
        for number, rule in enumerate(self.rules, start=1):
            ids = sorted({row[0] for row in found if not row[number]}, key=lambda key: (len(key), key))
            if ids:
                broken.append(Breach(rule.invariant, rule.says, self.what, tuple(ids)))
        return broken
