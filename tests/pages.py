"""Reading a page in a test: its words, its links, and what every page owes its readers."""

from html.parser import HTMLParser

from django.db import connection
from django.test.utils import CaptureQueriesContext

INLINE = {"a", "b", "code", "del", "em", "i", "kbd", "span", "strong", "time"}
VOID = {"br", "hr", "img", "input", "link", "meta"}
BLOCKS = {"div", "ul", "ol", "section", "article", "form", "table", "p", "h1", "h2", "h3", "blockquote", "fieldset"}


class Page(HTMLParser):
    """A page as its reader meets it. ``faults``: what a browser would have to mend or refuse."""

    def __init__(self, html: str):
        super().__init__()
        self.html, self.faults, self.links, self.fields, self.ids = html, [], {}, {}, []
        self.open, self.parts, self.deepest_list = [], [], 0
        self.feed(html)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self.open]
        self.faults += [f"twice on the page: #{name}" for name in set(self.ids) if self.ids.count(name) > 1]
        self.words = " ".join("".join(self.parts).split())

    def handle_starttag(self, tag, attrs):
        self._look_at(tag, dict(attrs))
        self._part(tag)
        if tag not in VOID:
            if tag in BLOCKS and "p" in self.open:
                self.faults.append(f"{tag} inside a paragraph")
            self.open.append(tag)
            self.deepest_list = max(self.deepest_list, self.open.count("ol"))

    def handle_startendtag(self, tag, attrs):
        self._look_at(tag, dict(attrs))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"closed out of turn: {tag} at {self.getpos()}")
        self._part(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] == "a":
            self.links[data.strip()] = self.last_link
        self.parts.append(data)

    def _part(self, tag):
        """What a browser sets apart is apart in the words too."""
        self.parts.append("" if tag in INLINE else " ")

    def _look_at(self, tag, attrs):
        self.faults += [f"{tag} with {name}" for name in attrs if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in attrs and attrs.get("type") != "application/json"):
            self.faults.append(f"inline {tag}")
        self.ids += [attrs["id"]] if "id" in attrs else []
        if tag == "a":
            self.last_link = attrs.get("href", "")
        if attrs.get("name"):
            self.fields[attrs["name"]] = attrs.get("value", "")


def read(response, status: int = 200) -> Page:
    """The page of a response, which must have this status and no faults."""
    assert response.status_code == status
    page = Page(response.content.decode())
    assert not page.faults
    return page


def queries_of(client, address: str) -> int:
    """How many questions a page asks the database."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return len(asked)
