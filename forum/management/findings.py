"""A problem found, whether it was mended, and the one way in which a row is looked at, mended and looked at again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

from forum.integrity import Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and whether it is one no more."""

    problem: Problem
    is_repaired: bool = False

    def line(self) -> str:
        outcome = "repaired" if self.is_repaired else "can be repaired" if self.problem.is_derived else "needs a person"
        return f"{self.problem.line()} ({outcome})"

    def as_json(self) -> dict:
        return asdict(self.problem) | {"is_repaired": self.is_repaired}


@dataclass(frozen=True, slots=True)
class Part:
    """Something checked row by row: what is wrong with one of them, and how its derived values are mended."""

    look: Callable[[int], Iterable[Problem]]
    mend: Callable[[int, set[str]], object]

    def check(self, number: int, *, is_repairing: bool) -> Iterator[Finding]:
        """Everything wrong with a row; what was mended is looked at again before it is believed."""
        found = list(self.look(number))
        kinds = {problem.kind for problem in found if problem.is_derived}
        if not (is_repairing and kinds):
            yield from map(Finding, found)
            return
        self.mend(number, kinds)
        left = list(self.look(number))
        yield from (Finding(problem, is_repaired=True) for problem in found if problem not in left)
        yield from map(Finding, left)
