"""A second opinion on HTML: the standard library's parser, which shares no line with the renderer or its sanitiser."""

import re
from html.parser import HTMLParser

TAGS = {
    *(
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "dl",
        "dt",
        "em",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "s",
    ),
    *("span", "strong", "sub", "sup", "tt", "ul"),
}
STORY_TAGS = TAGS | {"h3", "h4"}
ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}, "span": {"class"}, "pre": {"class", "tabindex"}}
VOID = {"br", "hr"}
SAFE_ADDRESS = re.compile(r"(?:https?://[^/\s]|mailto:[^\s]*@)", re.IGNORECASE)


class Witness(HTMLParser):
    """Reads HTML and notes every objection; ``text`` is what a reader sees."""

    def __init__(self, html: str, tags: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.tags = tags
        self.objections: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        if self.open:
            self.objections.append(f"left open: {self.open}")

    def handle_starttag(self, tag, attributes):
        if tag not in self.tags:
            self.objections.append(f"tag {tag}")
        for name, value in attributes:
            self.judge_attribute(tag, name, value or "")
        if tag == "a" and ("rel", "nofollow ugc noopener") not in attributes:
            self.objections.append("a link without rel")
        if tag not in VOID:
            self.open.append(tag)

    def judge_attribute(self, tag, name, value):
        if name not in ATTRIBUTES.get(tag, ()):
            self.objections.append(f"attribute {tag} {name}")
        if name == "href" and not SAFE_ADDRESS.match(value):
            self.objections.append(f"address {value}")
        if name == "class" and not re.fullmatch("highlight" if tag == "pre" else "[a-z0-9]{1,3}", value):
            self.objections.append(f"class {value}")
        if name == "tabindex" and value != "0":
            self.objections.append(f"place {value} in the order of keys")
        if name == "start" and not re.fullmatch("[0-9]{1,4}", value):
            self.objections.append(f"start {value}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.objections.append(f"end of {tag} out of order")

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.objections.append(f"comment {data}")

    def handle_decl(self, decl):
        self.objections.append(f"declaration {decl}")

    def handle_pi(self, data):
        self.objections.append(f"instruction {data}")

    def unknown_decl(self, data):
        self.objections.append(f"declaration {data}")


def objections(html: str, tags: set[str] = TAGS) -> list[str]:
    """What is wrong with this HTML, in words; empty if nothing is."""
    return Witness(html, tags).objections


def seen(html: str) -> str:
    """The text a reader sees."""
    return Witness(html, STORY_TAGS).text
