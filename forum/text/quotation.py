"""Quoting: the source of a reply that begins with the words it answers."""

from forum.text.excerpt import text_of


def is_said(words: str, html: str) -> bool:
    """Whether these words stand in sanitised HTML as somebody reads it, whatever its lines and paragraphs."""
    sought = " ".join(words.split())
    return bool(sought) and sought in " ".join(text_of(html).split())


def quote(source: str, markup: str) -> str:
    """Source in the same markup that quotes ``source`` and leaves the writer on a fresh line. Empty stays empty."""
    words = source.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not words.strip():
        return ""
    if markup == "html":
        return f"<blockquote>\n{words}\n</blockquote>\n\n"
    return "".join(_quote_line(line) for line in words.split("\n")) + "\n"


def _quote_line(line: str) -> str:
    return f">{line}\n" if line.startswith(">") else f"> {line}".rstrip() + "\n"
