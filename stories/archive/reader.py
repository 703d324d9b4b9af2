"""From the bytes of a file to an Article, or to one clear refusal."""

from dataclasses import replace

from forum import policy
from stories.archive.article import ArchivedComment, Article, BadArticle, Link, Paragraph, check_length, shown
from stories.archive.dateline import read_dateline
from stories.archive.fold import is_cut_off
from stories.archive.grammar import (
    KNOWN_REASONS,
    KNOWN_SCORES,
    AuthorLine,
    as_link,
    as_paragraph,
    check_id_line,
    is_anonymous,
    split_title,
)
from stories.archive.inference import infer_places
from stories.archive.layout import Block, Layout, Pair, lay_out, misplaced
from stories.archive.lines import Line, read_lines
from stories.archive.writer import write_article

Warned = list[tuple[int, str]]


def read_article(raw: bytes, *, encoding: str = "utf-8", zone: str = "America/New_York") -> Article:
    """Read one document. ``zone`` is where its dateline was printed.

    Raises BadArticle with the first line that cannot be accepted. Everything dubious but readable is told in
    Article.warnings. The caller keeps to policy.ARCHIVE_MAX_BYTES (see read_file); time and memory are linear.
    """
    lines, warned = read_lines(raw, encoding)
    check_id(lines)
    layout = lay_out(lines)
    warned += layout.warnings
    article = assemble(layout, zone, warned)
    places = misplaced(layout)
    if places:
        check_single_reading(article, places[0])
        warned.append(blank_lines_warning(places))
    return replace(article, warnings=told(warned))


def check_id(lines: list[Line]) -> None:
    if not lines:
        raise BadArticle(1, "expected 'News: ' and digits, found nothing but blanks")
    check_id_line(lines[0].text if lines[0].number == 1 else "")


def assemble(layout: Layout, zone: str, warned: Warned) -> Article:
    """The article of a layout; warnings are added to ``warned``."""
    number, header, title_line, date_line = layout.front
    title, domain = split_title(title_line.text)
    check_length(title_line.text, policy.ARCHIVE_TITLE_MAX, title_line.number, "a title")
    dateline = read_dateline(date_line.text, zone, date_line.number)
    warned += [(date_line.number, words) for words in dateline.warnings]
    article = Article(
        id=check_id_line(number.text),
        header=header.text,
        title=title,
        domain=domain,
        category=dateline.category,
        published_utc=dateline.published_utc,
        zone=zone,
        editor=dateline.editor,
        dept=dateline.dept,
        paragraphs=paragraphs_of(layout.text),
        links=links_of(layout.links, warned),
        comments=tuple(comment_of(block, n, warned) for n, block in enumerate(layout.blocks, start=1)),
        fortune=fortune_of(layout.fortune),
        dateline=date_line.text,
        title_line=title_line.number,
    )
    placed, words = infer_places(article)
    warned += words
    return replace(article, comments=placed)


def paragraphs_of(lines: list[Line]) -> tuple[Paragraph, ...]:
    return tuple(as_paragraph(line.text) for line in lines)


def links_of(lines: list[Line], warned: Warned) -> tuple[Link, ...]:
    """The links in their order, duplicates included; a number used twice gets a warning."""
    links, used = [], set()
    for line in lines:
        link = as_link(line.text)
        check_length(link.address, policy.ARCHIVE_ADDRESS_MAX, line.number, "an address")
        if link.number in used:
            warned.append((line.number, f"expected each link once, found [{link.number}] again; the first counts"))
        used.add(link.number)
        links.append(link)
    return tuple(links)


def fortune_of(lines: list[Line]) -> str | None:
    """The fortune with the blank lines inside it."""
    printed = ["\n" * line.gap + line.text for line in lines]
    return "\n".join(printed).lstrip("\n") if printed else None


def comment_of(block: Block, n: int, warned: Warned) -> ArchivedComment:
    """One comment; its place among the others is not known yet."""
    paragraphs = paragraphs_of(block.body)
    score, reason = score_of(block.pair, warned)
    author = block.pair.author_parts
    return ArchivedComment(
        n=n,
        heading=block.pair.score_parts.heading,
        author=author.name,
        uid=uid_of(author, block.pair.author.number),
        anonymous=is_anonymous(author),
        subscriber=author.subscriber,
        score=score,
        reason=reason,
        paragraphs=paragraphs,
        links=links_of(block.links, warned),
        truncated=is_cut_off(paragraphs, score),
        line=block.pair.score.number,
    )


def score_of(pair: Pair, warned: Warned) -> tuple[int, str | None]:
    heading, score, reason = pair.score_parts
    line = pair.score.number
    check_length(heading, policy.ARCHIVE_TITLE_MAX, line, "a subject")
    check_length(reason or "", policy.ARCHIVE_REASON_MAX, line, "a reason")
    if score not in KNOWN_SCORES:
        limits = f"{policy.SCORE_MIN} to {policy.SCORE_MAX}"
        raise BadArticle(line, f"expected a score from {limits}, found {shown(score)}")
    if reason is not None and reason not in KNOWN_REASONS:
        warned.append((line, f"expected a reason such as Insightful, found {shown(reason)}; kept as it is"))
    return KNOWN_SCORES[score], reason


def uid_of(author: AuthorLine, line: int) -> int | None:
    check_length(author.name, policy.ARCHIVE_NAME_MAX, line, "an author's name")
    if author.uid is None:
        return None
    is_short = len(author.uid) <= len(str(policy.ARCHIVE_UID_MAX))
    if not is_short or str(int(author.uid)) != author.uid or int(author.uid) > policy.ARCHIVE_UID_MAX:
        words = f"expected an author's number without leading zeros, at most {policy.ARCHIVE_UID_MAX}"
        raise BadArticle(line, f"{words}, found {shown(author.uid)}")
    return int(author.uid)


# -- Blank lines that are not those of the format ------------------------------------------------------------------


def check_single_reading(article: Article, place: tuple[Line, int]) -> None:
    """Written in good order and read again it must be the same article, or the reading was a guess: refuse."""
    lines, _ = read_lines(write_article(article), "utf-8")
    if assemble(lay_out(lines), article.zone, []) != article:
        line, expected = place
        raise BadArticle(line.number, f"expected {expected} blank line(s) before this line, found {line.gap}")


def blank_lines_warning(places: list[tuple[Line, int]]) -> tuple[int, str]:
    line, expected = places[0]
    words = f"expected {expected} blank line(s) before this line, found {line.gap}"
    others = f" (and {len(places) - 1} more such places)" if places[1:] else ""
    return line.number, f"{words}{others}; the parts were told apart by their form"


def told(warned: Warned) -> tuple[str, ...]:
    """Each warning as 'line: message', in the order of lines; beyond the limit they are only counted."""
    ordered = [f"{line}: {words}" for line, words in sorted(warned, key=lambda warning: warning[0])]
    limit = policy.ARCHIVE_WARNINGS_MAX
    rest = len(ordered) - limit
    return (*ordered[:limit], f"1: {rest} more warnings about this file") if rest > 0 else tuple(ordered)
