"""Names after an @: which members a text may mean, and where in it they stand. Who they are is looked up elsewhere."""

import re
from collections.abc import Iterator, Mapping

from forum import policy

# As long as a name can be: words of letters and digits, with single separators (forum.accounts.rules.NAME_SHAPE).
_AT = re.compile(r"(?<![\w@./])@([^\W_]++(?:[ ._-][^\W_]++){0,3})")
_WORD_ENDS = re.compile(r"(?<=[^\W_])(?=[ ._-]|\Z)")


def names_in(source: str) -> list[str]:
    """What could be names of members in a text as typed: each beginning of the words that follow an @, longest first.

    Only so many @ are looked at; a text with more is a list of people, and reads as well without links.
    """
    found: dict[str, None] = {}
    for count, match in enumerate(_AT.finditer(source)):
        if count >= policy.MENTIONS_SEEN:
            break
        found.update(dict.fromkeys(_beginnings(match[1])))
    return list(found)


def split_at_names(words: str, names: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """The words in pieces, each with its address if it is an @ and one of the ``names``; the longest name wins."""
    at = 0
    for match in _AT.finditer(words):
        name = next((name for name in _beginnings(match[1]) if name in names), None)
        if name:
            yield words[at : match.start()], None
            yield f"@{name}", names[name]
            at = match.start() + 1 + len(name)
    yield words[at:], None


def _beginnings(words: str) -> list[str]:
    ends = [match.start() for match in _WORD_ENDS.finditer(words)]
    return [words[:end] for end in reversed(ends) if policy.NAME_MIN <= end <= policy.NAME_MAX]
