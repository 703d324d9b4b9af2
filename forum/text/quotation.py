"""Quoting: the source of a reply that begins with the words it answers."""


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
