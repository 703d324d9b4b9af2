"""What the filters refuse, script by script: ``python -m benchmarks.filters [FOLDER ...]``.

Real texts are read from the folders: pages of help (.page, .html), fortunes (files without an ending, parted by %),
archived stories (.txt), gettext catalogues (.mo). Without a folder: the catalogues installed on this machine. Spam is
made here, for each script from words of its real texts. No database is asked.
"""

import gettext
import random
import re
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from pathlib import Path

from forum import policy
from forum.text import TextRefused, check_fit, render
from stories.archive import BadArticle, read_article

INSTALLED = [Path("/usr/share/locale"), *(Path(one) for one in sys.path if one.endswith("site-packages"))]
LEAST, MOST = 3, 4_000  # characters of a text that is tried
TEXTS_PER_SCRIPT = 5_000
LOT = 11  # the numbers of the policy were chosen on texts of another lot
SPAM_ROUNDS = 20  # of each kind of spam in each script
MESSAGES_TOGETHER = 4  # of a catalogue make a text of usual length, beside each one alone
PLACEHOLDER = re.compile(r"%[^\s%]|[{}<>\x1b\t]")
NAMES = {
    "CYRILLIC": "Cyrillic",
    "GREEK": "Greek",
    "ARABIC": "Arabic",
    "HEBREW": "Hebrew",
    "DEVANAGARI": "Devanagari",
    "BENGALI": "Bengali",
    "TAMIL": "Tamil",
    "THAI": "Thai",
    "GEORGIAN": "Georgian",
    "ARMENIAN": "Armenian",
    "CJK": "Chinese",
    "JAPANESE": "Japanese",
    "HANGUL": "Korean",
    "LATIN": "Latin",
}


# -- Real texts ----------------------------------------------------------------------------------------------------


def texts_in(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (read := READERS.get(path.suffix)):
            yield from read(path)


def of_page(path: Path) -> Iterator[str]:
    """The paragraphs and items of a page of help or of a book."""
    source = path.read_text("utf-8", errors="ignore")
    for block in re.findall(r"<(?:p|li|dd|td|title)\b[^>]*>(.*?)</(?:p|li|dd|td|title)>", source, re.S):
        yield " ".join(unescape(re.sub(r"<[^>]*>", " ", block)).split())


def of_fortunes(path: Path) -> Iterator[str]:
    if "fortunes" in path.parts:
        yield from re.split(r"^%.*$", path.read_text("utf-8", errors="ignore"), flags=re.M)


def of_catalogue(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            told = gettext.GNUTranslations(file)._catalog
    except (OSError, ValueError, LookupError):  # Python knows not every way to count in plurals
        return
    messages = [said for asked, said in told.items() if asked and isinstance(said, str) and said != asked]
    messages = [said for said in messages if not PLACEHOLDER.search(said)]  # what is filled in later is no text yet
    yield from messages
    for at in range(0, len(messages) - MESSAGES_TOGETHER, MESSAGES_TOGETHER):
        yield "\n".join(messages[at : at + MESSAGES_TOGETHER])


def of_archive(path: Path) -> Iterator[str]:
    """The comments of an archived story."""
    try:
        article = read_article(path.read_bytes())
    except BadArticle:
        return
    for comment in article.comments:
        yield "\n\n".join("> " * one.depth + one.text for one in comment.paragraphs)


READERS = {".txt": of_archive, ".page": of_page, ".html": of_page, "": of_fortunes, ".mo": of_catalogue}


def script_of(text: str) -> str:
    """The script that most letters of a text are of; Japanese is told by its kana."""
    found = Counter()
    for one, count in Counter(text).items():
        if one.isalpha():
            name = unicodedata.name(one, "").split(" ")[0]
            found["JAPANESE" if name in ("HIRAGANA", "KATAKANA") else name] += count
    if found["JAPANESE"]:
        return NAMES["JAPANESE"]
    return NAMES.get(found.most_common(1)[0][0], "Other") if found else ""


def real_texts(folders: list[Path]) -> dict[str, list[str]]:
    """Texts by script: no more than so many of each, chosen by lot but always the same ones."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in folders:
        for text in map(str.strip, texts_in(folder)):
            if LEAST <= len(text) <= MOST and (script := script_of(text)):
                found[script].add(text)
    lot = random.Random(LOT)
    return {name: lot.sample(sorted(found[name]), min(len(found[name]), TEXTS_PER_SCRIPT)) for name in sorted(found)}


# -- Spam ----------------------------------------------------------------------------------------------------------


def spam_of(words: list[str], lot: random.Random) -> Iterator[tuple[str, str]]:
    """Floods in one script, of the words of its real texts: (what it tries, the text)."""
    letters = "".join(words)
    some = lot.sample(words, min(len(words), 6))
    yield "one character", lot.choice(letters) * lot.randint(60, 3_000)
    yield "one character", "\n".join([lot.choice(letters)] * lot.randint(30, 300))
    yield "one word", f"{some[0]} " * lot.randint(30, 300)
    yield "one word", "\n".join([some[0] * 2] * lot.randint(30, 300))
    yield "one line", "\n".join([" ".join(some)] * lot.randint(10, 100))
    yield "one line", "\n".join(f"{' '.join(some)} {n}" for n in range(lot.randint(20, 60)))
    yield "a few words", " ".join(lot.choice(some[:4]) for _ in range(lot.randint(100, 500)))
    yield "signs", "".join(lot.choice("!?#$%&*()[]{}<>/\\|~^=+-_.,;:'\"") for _ in range(lot.randint(60, 2_000)))
    yield "pictures", "".join(lot.choice("🔥🚀💰💯👍😂🎉❤️⭐✅") for _ in range(lot.randint(60, 600)))
    yield "a column", "\n".join(lot.choice(letters) for _ in range(lot.randint(40, 400)))
    yield (
        "stacked marks",
        "".join(one + "".join(chr(lot.randint(0x300, 0x36F)) for _ in range(5)) for one in letters[:60]),
    )
    yield "only a quotation", "\n".join(f"> {word}" for word in some)
    capitals = " ".join(lot.choice(words) for _ in range(40)).upper()
    if sum(one.isupper() for one in capitals) * 2 > sum(one.isalpha() for one in capitals):
        yield "shouting", capitals


# -- Trying --------------------------------------------------------------------------------------------------------


def refusal_of(text: str) -> str:
    try:
        check_fit(render(text, "plain"))
    except TextRefused as refusal:
        return str(refusal)
    return ""


def words_of(texts: list[str]) -> list[str]:
    """Words of these texts, or pieces of a text that puts no blanks between them."""
    found = [one.strip(".,:;()[]!?\"'")[:12] for text in texts[:2_000] for one in text.split()]
    return [one for one in found if len(one) > 1 and script_of(one)] or ["spam"]


def print_row(script: str, texts: list[str], show: int) -> None:
    refused = [(text, words) for text in texts if (words := refusal_of(text))]
    lot = random.Random(script)
    words = words_of(texts)
    spam = [one for _ in range(SPAM_ROUNDS) for one in spam_of(words, lot)]
    passed = [(kind, text) for kind, text in spam if not refusal_of(text)]
    caught = len(spam) - len(passed)
    share = f"{len(refused) / len(texts):.3%}".replace("%", " %")
    print(f"| {script} | {len(texts):,} | {len(refused)} | {share} | {caught} of {len(spam)} |", flush=True)
    for text, why in refused[:show]:
        print("   refused:", why[:60], repr(text[:300]))
    for kind, text in passed[:show]:
        print("   passed:", kind, repr(text[:100]))


def main(arguments: list[str]) -> None:
    show = 10 if "--show" in arguments else 0
    folders = [Path(one) for one in arguments if not one.startswith("--")] or INSTALLED
    found = real_texts(folders)
    print("| script | real texts | refused | share | spam refused |\n| --- | ---: | ---: | ---: | ---: |")
    before, count = time.process_time(), 0
    for script, texts in found.items():
        print_row(script, texts, show)
        count += len(texts)
    print(f"\n{count:,} texts in {time.process_time() - before:.0f} s of processor time, spam and rendering included.")
    print(f"A text of {policy.BODY_MAX:,} characters takes {milliseconds_of_the_longest():.1f} ms.")


def milliseconds_of_the_longest() -> float:
    """Of the filters alone, over a text as long as may be; the best of five."""
    html = "<p>" + ("Words of every kind stand here, one after another. " * policy.BODY_MAX)[: policy.BODY_MAX] + "</p>"

    def once() -> float:
        start = time.process_time()
        with suppress(TextRefused):
            check_fit(html)
        return time.process_time() - start

    return min(once() for _ in range(5)) * 1_000


if __name__ == "__main__":
    main(sys.argv[1:])
