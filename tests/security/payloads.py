"""Text written to harm, made by rule: what carries a script, what it might break out of, how it is disguised.

``HIT`` is what would run; a browser that shows a page counts it (tests/browser/test_hostile_words.py). The hand-written
ones of tests/forum/corpus belong to it, too: there ``alert`` is what would run.
"""

import json
import os
import sys
import unicodedata
from itertools import product
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "forum" / "corpus"
HIT = "hit()"

# -- Scripts -------------------------------------------------------------------------------------------------------

CARRIERS = (
    f"<script>{HIT}</script>",
    f"<img src=x onerror={HIT}>",
    f"<svg onload={HIT}>",
    f"<svg/onload={HIT}//",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>",
    f"<svg><set attributeName=onmouseover to={HIT}>",
    f"<svg><a xlink:href=javascript:{HIT}><text y=9>x</text></a>",
    f"<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload={HIT}/>#x'>",
    f"<svg><foreignObject><body onload={HIT}>",
    f"<math><maction actiontype=statusline xlink:href=javascript:{HIT}>x",
    f"<math href=javascript:{HIT}>x</math>",
    f"<details open ontoggle={HIT}>x</details>",
    f"<input autofocus onfocus={HIT}>",
    f"<select autofocus onfocus={HIT}><option>x</select>",
    f"<textarea autofocus onfocus={HIT}>x</textarea>",
    f"<button popovertarget=p>x</button><b id=p popover onbeforetoggle={HIT}>x</b>",
    f"<body onpageshow={HIT}>",
    f"<video src=x onerror={HIT}></video>",
    f"<audio src=x onerror={HIT}></audio>",
    f"<video><source onerror={HIT}></video>",
    f"<iframe srcdoc='<script>parent.{HIT}</script>'></iframe>",
    f"<iframe src=javascript:parent.{HIT}></iframe>",
    f"<iframe src='data:text/html,<script>parent.{HIT}</script>'></iframe>",
    f"<object data='javascript:{HIT}'></object>",
    f"<embed src='javascript:{HIT}'>",
    f"<marquee onstart={HIT}>x</marquee>",
    f"<a href=javascript:{HIT}>x</a>",
    f"<a href='java&#10;script:{HIT}'>x</a>",
    f"<form action=javascript:{HIT}><button>x</button></form>",
    f"<form id=f></form><button form=f formaction=javascript:{HIT}>x</button>",
    f"<base href=javascript:{HIT}//><a href=#>x</a>",
    f"<meta http-equiv=refresh content='0;url=javascript:{HIT}'>",
    f"<link rel=stylesheet href='data:text/css,*{{}}' onload={HIT}>",
    f"<style onload={HIT}>*{{}}</style>",
    f"<style>@keyframes x{{}}</style><b style=animation-name:x onanimationstart={HIT}>x</b>",
    f"<b onclick={HIT}>x</b>",
    f"<p tabindex=1 onfocus={HIT}>x</p>",
    f"<template shadowrootmode=open><script>{HIT}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={HIT}>'></noscript>",
    f"<xss contenteditable autofocus onfocus={HIT}>x</xss>",
)
# What a text might stand in: attributes, elements of raw text, comments, scripts, styles, a document.
BREAKOUTS = (
    *("\"'>", "</title>", "</textarea>", "</style>", "</script>", "-->", "]]>", "</noscript>", "</option></select>"),
    *("</a></b></li></article>", "*/;", "`>", "\\x3c/script\\x3e", "</svg></math>", "<!--"),
)
# Parsers change their minds inside these: what was text before it was written out is markup when it is read again.
NAMESPACES = (
    "svg",
    "math",
    "svg><desc",
    "svg><title",
    "math><mtext",
    "math><annotation-xml",
    "table",
    "select",
    "form",
)
RAW_TEXTS = ("style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext", "!--")
GADGETS = (
    *("hx-on:load", "hx-get", "hx-vals='js:{x:hit()}' hx-trigger", "x-init", "x-data x-html", "v-html", "v-on:load"),
    *("ng-init", "ng-bind-html", "data-bs-toggle=tooltip data-bs-html=true title", "data-ng-init", "@load", ":href"),
    *("data-keys", "data-news", "data-reply", "data-points", "data-in-place", "data-turbo-stream", "is"),
)
LINKS = ("[x]({})", "[x](<{}>)", "![x]({})", "<{}>", "[x]: {}\n\n[x]", "<a href='{}'>x</a>", '<a href="{}">x</a>')
SCHEMES = (
    *(
        f"javascript:{HIT}",
        f"JaVaScRiPt:{HIT}",
        f"java\tscript:{HIT}",
        f"\x01javascript:{HIT}",
        f"javascript&colon;{HIT}",
    ),
    *(
        f"javascript://x/%0a{HIT}",
        f"data:text/html,<script>{HIT}</script>",
        "data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==",
    ),
    *(
        f"vbscript:{HIT}",
        f"blob:javascript:{HIT}",
        f"view-source:javascript:{HIT}",
        "filesystem:http://x/x",
        "\\\\evil.example\\x",
    ),
)
# For places that show plain text: nothing but breaking out can do harm there.
PLAIN = tuple(f"{breakout}{carrier}" for breakout in BREAKOUTS for carrier in (CARRIERS[0], CARRIERS[1], CARRIERS[2]))
TEMPLATES = (
    "{{7*7}}",
    "{% debug %}",
    "{{request.user.password}}",
    "${hit()}",
    "#{hit()}",
    "<%= hit() %>",
    "{{constructor.constructor('hit()')()}}",
    "%s%n%(x)s",
    "{0.__class__}",
)


def mutations() -> list[str]:
    """Raw text in another namespace, with an attribute that would end it and begin a picture."""
    bait = f"<img src=x onerror={HIT}>"
    made = []
    for namespace, raw in product(NAMESPACES, RAW_TEXTS):
        end = "--" if raw == "!--" else f"/{raw}"
        made.append(f'<{namespace}></p><{raw}><a id="<{end}>{bait}">')
        made.append(f"<{namespace}><{raw}><{namespace}><g title='<{end}>{bait}'>")
    return made


def scripts() -> list[str]:
    """Everything made here that is meant to run somewhere."""
    made = [*CARRIERS, *PLAIN, *mutations(), *TEMPLATES]
    made += [f"{breakout}{carrier}" for breakout, carrier in zip(BREAKOUTS * 3, CARRIERS[3:], strict=False)]
    made += [f'<b {gadget}="{HIT}">x</b>' for gadget in GADGETS]
    made += [link.format(scheme) for link, scheme in product(LINKS, SCHEMES)]
    return list(dict.fromkeys(made))


def written_by_hand() -> list[str]:
    """Those of tests/forum/corpus."""
    kept = json.loads((CORPUS / "hostile.json").read_text())
    return list(dict.fromkeys(text for group in kept.values() for text in group))


def brought_along() -> list[str]:
    """Each line of the file that HOSTILE_WORDS names, whatever bytes it holds."""
    if not os.environ.get("HOSTILE_WORDS"):
        return []
    lines = Path(os.environ["HOSTILE_WORDS"]).read_bytes().split(b"\n")
    return list(dict.fromkeys(line.rstrip(b"\r").decode(errors="replace") for line in lines if line.strip()))


# -- Characters ----------------------------------------------------------------------------------------------------


def characters() -> dict[str, str]:
    """A text for each sign that is not seen, that turns others round, or that is stored otherwise than it was sent."""
    made = {}
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        if unicodedata.category(sign) in {"Cf", "Cc", "Zl", "Zp", "Zs"} and code < 0xE0100:
            made[f"U+{code:04X}"] = f"words{sign}more{sign}words"
    for code in (0xD800, 0xDFFF, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFF, 0xE000, 0xF0000, 0x10FFFF):
        made[f"U+{code:04X}"] = f"words{chr(code)}more words"
    for code in (0x0300, 0x0338, 0x034F, 0x0489, 0x0E47, 0x1AB0, 0x20DD, 0xFE0F, 0x1D165):
        made[f"many U+{code:04X}"] = "words" + chr(code) * 200
    return made


FOLDED = {
    "full width": "＜script＞hit()＜/script＞",
    "small": "﹤img src=x onerror=hit()﹥",
    "mathematical": "𝓳𝓪𝓿𝓪𝓼𝓬𝓻𝓲𝓹𝓽:hit()",
    "circled": "<a href='ⓙⓐⓥⓐⓢⓒⓡⓘⓟⓣ:hit()'>x</a>",
    "long s": "<ſcript>hit()</ſcript>",
    "kelvin": "<linK rel=x onload=hit()>",
    "dotless": "<scrıpt>hit()</scrıpt>",
    "dotted": "<SCRİPT>hit()</SCRİPT>",
    "ligature": "ﷺ" * 300,
    "bidi in a tag": "<\u202etpircs>hit()</script>",
    "combining on a bracket": "<\u0338script>hit()<\u0338/script>",
    "dots of another script": "http://evil。example/",
    "slashes of another script": "http:⁄⁄evil.example",
    "digits of another script": "http://١٢٧.٠.٠.١/",
    "look-alikes": "http://аррӏе.example/",
}

# -- Floods --------------------------------------------------------------------------------------------------------


def floods(length: int) -> dict[str, str]:
    """Texts of about this length that make a careless parser work: openers without an end, deep nests, long runs."""
    openers = ("<b>", "<ul><li>", "<blockquote>", "<a href=x>", "<svg>", "<math>", "<table>", "<select>", "<style>")
    openers += (
        "<!--",
        "<![CDATA[",
        "<?",
        "&",
        "&#",
        "&lt;",
        "](",
        "[](",
        "![](",
        "**_",
        "~~*",
        "`` ",
        "> ",
        "- ",
        "1. ",
    )
    openers += (
        "\t",
        "|",
        "| - ",
        "$$",
        "\\[",
        "http://",
        "a@",
        "@a ",
        "# ",
        "===\n",
        "***\n",
        "[a]: b\n",
        "[^1]",
        ":a:",
    )
    made = {f"again {opener!r}": opener * (length // len(opener)) for opener in openers}
    for opener in openers:
        half = length // (2 * len(opener))
        made[f"open {opener!r}, then close"] = opener * half + opener[::-1] * half
        made[f"lines of {opener!r}"] = f"{opener}x\n" * (length // (len(opener) + 2))
    return made


# -- All of them ---------------------------------------------------------------------------------------------------


def every_text(length: int) -> list[str]:
    """Every script, every character, floods of about this length, and what was brought along."""
    made = [*scripts(), *written_by_hand(), *characters().values(), *FOLDED.values(), *floods(length).values()]
    return list(dict.fromkeys([*made, *brought_along()]))
