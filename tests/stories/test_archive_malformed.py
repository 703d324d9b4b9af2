"""Every kind of bad input, and the one line that is said about it. docs/import.md has the same table in words."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forum import policy
from stories.archive import BadArticle, list_files, read_article, read_file, write_article

SEED = (Path(__file__).resolve().parents[2] / "stories" / "seeds" / "0177069105.txt").read_bytes()

FRONT = "News: 42\n\nA saying\n\nA title (example.com)\n\n{dateline}\n\n\n"
DATELINE = "(Sunday April 20, 2025 @11:34AM (ed) from the some-words dept.)"
FORTUNE = "A fortune\nof two lines."
COMMENT = "Mine (Score:1)\n\nby ann ( 7 )\n\nWords."


def document(*comments: str, text: str = "The story.", dateline: str = DATELINE, links: str = "") -> str:
    parts = [FRONT.format(dateline=dateline) + text, *([links] if links else [])]
    return "\n\n\n\n".join([*parts, "\n\n".join([*(comments or [COMMENT]), FORTUNE])])


def refusal(raw: bytes | str, **options) -> str:
    """What is said, as the importer prints it behind the path."""
    with pytest.raises(BadArticle) as refused:
        read_article(raw if isinstance(raw, bytes) else raw.encode(), **options)
    assert str(refused.value) == f"{refused.value.line}: {refused.value.message}"
    assert "\n" not in str(refused.value)
    return str(refused.value)


def reading(raw: bytes | str, **options):
    return read_article(raw if isinstance(raw, bytes) else raw.encode(), **options)


# -- Not an article -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"", b" ", b"\n\n \t\n", b"\xef\xbb\xbf", b"\r\n"])
def test_nothing_is_refused(raw):
    assert refusal(raw) == "1: expected 'News: ' and digits, found nothing but blanks"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"<!DOCTYPE html>\n<html>", "'<!DOCTYPE html>'"),
        (b'{"id": 1}', "'{\"id\": 1}'"),
        (b"Dear diary,\n\ntoday", "'Dear diary,'"),
        (b"News: 12a\n\nx", "'News: 12a'"),
        (b"News: ../../etc\n\nx", "'News: ../../etc'"),
        ("News: ٣٤\n\nx".encode(), "'News: ٣٤'"),
        (b"News: \n\nx", "'News:'"),
        (b"\nNews: 12\n\nx", "an empty line"),
        (b"<html>\n" + b"caf\xe9\n" * 3, "'<html>'"),
        (b"\x1b[31mred", "'[31mred'"),
        (b"x" * 100, f"'{'x' * 60}'..."),
    ],
)
def test_a_file_of_another_kind_is_refused_at_line_one_whatever_follows(raw, found):
    assert refusal(raw) == f"1: expected 'News: ' and digits, found {found}"


@pytest.mark.parametrize(("raw", "byte"), [(b"\x89PNG\r\n\x1a\n", "0x89"), (b"\x1f\x8b\x08\x00", "0x8b")])
def test_pictures_and_packed_files_are_refused_at_line_one(raw, byte):
    said = f"1: expected text in utf-8, found the byte {byte}; use --encoding NAME if the file is in another encoding"
    assert refusal(raw) == said


def test_an_over_long_id_is_refused():
    said = f"1: expected a number of the story of at most 20 characters, found 21: '{'1' * 21}'"
    assert refusal("News: " + "1" * 21 + "\n\nx") == said


# -- Encoding -----------------------------------------------------------------------------------------------------


def test_the_first_byte_that_is_not_utf8_is_told_with_its_line_and_the_option():
    raw = document("Caf\u00e9 (Score:1)\n\nby ann ( 7 )\n\nWords.").encode("latin-1")
    said = "14: expected text in utf-8, found the byte 0xe9; use --encoding NAME if the file is in another encoding"
    assert refusal(raw) == said
    assert reading(raw, encoding="latin-1").comments[0].subject == "Café"


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_the_line_of_a_bad_byte_is_counted_with_any_line_end(end):
    raw = document("Caf\u00e9 (Score:1)\n\nby ann ( 7 )\n\nWords.").encode("latin-1").replace(b"\n", end)
    assert refusal(raw).startswith("14: ")


def test_a_file_cut_inside_a_letter_is_refused_with_the_line():
    raw = document().replace("two lines.", "two lines…").encode()[:-1]
    assert refusal(raw).startswith("21: expected text in utf-8, found a letter cut off at the end of the file")


def test_utf16_is_refused_until_the_option_names_it():
    assert "found the byte 0xff" in refusal(document().encode("utf-16"))
    assert "use --encoding NAME" in refusal(document().encode("utf-16-le"))
    assert reading(document().encode("utf-16"), encoding="utf-16") == reading(document())


@pytest.mark.parametrize("name", ["klingon", "zlib", "a\0b", ""])
def test_an_unknown_encoding_is_refused_by_name(name):
    assert refusal(document(), encoding=name) == f"1: expected the name of a text encoding, found {name!r}"


def test_half_a_surrogate_pair_is_refused():
    assert refusal(rb"News: 1\ud800", encoding="raw_unicode_escape").startswith("1: expected text in")


# -- Line ends, blanks, control characters ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", " \t\n"),
        lambda text: text + "\n\n \n",
        lambda text: "\ufeff" + text.replace("\n", " \r\n") + "\r\n",
    ],
    ids=["mark", "crlf", "cr", "trailing blanks", "blank lines at the end", "all"],
)
def test_marks_line_ends_and_blanks_at_ends_make_no_difference(disguise):
    found = reading(disguise(SEED.decode()))
    assert found == reading(SEED)
    assert found.warnings == ()
    assert write_article(found) == SEED


def test_control_characters_are_removed_with_a_warning():
    found = reading(document(text="The\0 sto\x1b[1mry\x7f."))
    assert found.paragraphs[0].text == "The sto[1mry."
    assert found.warnings == ("10: expected text, found 3 control character(s), first '\\x00'; removed",)


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\x0c", "\x0b", "\x1c"])
def test_unicodes_other_line_ends_end_no_line(sign):
    found = reading(document(text=f"One{sign}paragraph. "))
    assert len(found.paragraphs) == 1
    assert found.paragraphs[0].text in (f"One{sign}paragraph.", "Oneparagraph.")
    assert len(found.comments) == 1


# -- Dateline -----------------------------------------------------------------------------------------------------

FORM = "a dateline like '(Sunday April 20, 2025 @11:34AM (editor) from the some-words dept.)'"


@pytest.mark.parametrize(
    ("dateline", "said"),
    [
        ("No dateline", f"7: expected {FORM}, found 'No dateline'"),
        ("(Sunday April 20, 2025 @11:34)", f"7: expected {FORM}, found '(Sunday April 20, 2025 @11:34)'"),
        ("(Wednesday April 31, 2025 @11:34AM)", "7: expected a day of the calendar, found 'April 31, 2025'"),
        ("(Sunday Smarch 13, 2025 @11:34AM)", "7: expected the English name of a month, found 'Smarch'"),
        ("(Sunday April 20, 2025 @25:61PM)", "7: expected a time from 12:00AM to 11:59PM, found '25:61PM'"),
        ("(Sunday April 20, 2025 @11:60PM)", "7: expected a time from 12:00AM to 11:59PM, found '11:60PM'"),
        ("(Sunday April 20, 2025 @00:10AM)", "7: expected a time from 12:00AM to 11:59PM, found '00:10AM'"),
        ("(Sunday April 20, 0000 @11:34AM)", "7: expected a day of the calendar, found 'April 20, 0000'"),
        (
            "(Friday December 31, 9999 @11:34PM)",
            "7: expected a year from 1 to 9999 in UTC too, found '9999-12-31T23:34:00'",
        ),
    ],
)
def test_a_dateline_that_is_none_is_refused_with_its_line(dateline, said):
    assert refusal(document(dateline=dateline)) == said


def test_a_missing_dateline_is_refused_with_the_line_that_stands_there():
    assert refusal(document().replace(f"{DATELINE}\n\n\n", "")).startswith("7: expected a dateline like")


def test_an_over_long_dateline_is_refused():
    said = refusal(document(dateline=f"(Sunday April 20, 2025 @11:34AM ({'e' * 1000}))"))
    assert said.startswith("7: expected a dateline of at most 1000 characters, found 1035: '(Sunday April 20")


def test_a_wrong_weekday_is_told_and_the_date_counts():
    found = reading(document(dateline="(Monday April 20, 2025 @11:34AM)"))
    assert found.published_utc == datetime(2025, 4, 20, 15, 34, tzinfo=UTC)
    said = "7: expected Sunday, the weekday of 2025-04-20, found 'Monday'; the date counts"
    assert found.warnings == (said,)


def published(dateline: str, zone: str = "America/New_York") -> str:
    return reading(document(dateline=f"({dateline})"), zone=zone).published_utc.isoformat()


@pytest.mark.parametrize(
    ("dateline", "moment"),
    [
        ("Sunday April 20, 2025 @12:05AM", "2025-04-20T04:05:00+00:00"),
        ("Sunday April 20, 2025 @12:05PM", "2025-04-20T16:05:00+00:00"),
        ("Sunday November 02, 2025 @01:30AM", "2025-11-02T05:30:00+00:00"),
        ("Sunday March 09, 2025 @02:30AM", "2025-03-09T07:30:00+00:00"),
        ("Saturday April 01, 2006 @12:00PM", "2006-04-01T17:00:00+00:00"),
        ("Monday March 20, 2006 @12:00PM", "2006-03-20T17:00:00+00:00"),
        ("Tuesday March 20, 2007 @12:00PM", "2007-03-20T16:00:00+00:00"),
        ("Wednesday November 01, 2006 @12:00PM", "2006-11-01T17:00:00+00:00"),
        ("Thursday September 6, 2018 @1:20PM", "2018-09-06T17:20:00+00:00"),
    ],
)
def test_clocks_are_read_by_the_rules_of_their_year(dateline, moment):
    assert published(dateline) == moment


def test_a_time_that_the_clocks_skipped_is_told():
    found = reading(document(dateline="(Sunday March 09, 2025 @02:30AM)"))
    said = (
        "7: expected a time that the clocks of America/New_York showed, found 02:30, which they skipped that day; "
        "read as 07:30 UTC"
    )
    assert found.warnings == (said,)


def test_a_time_that_the_clocks_showed_twice_needs_no_warning():
    assert reading(document(dateline="(Sunday November 02, 2025 @01:30AM)")).warnings == ()


def test_another_zone_can_be_named():
    assert published("Sunday April 20, 2025 @11:34AM", "Europe/Berlin") == "2025-04-20T09:34:00+00:00"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "America"])
def test_an_unknown_zone_is_refused_by_name(zone):
    assert refusal(document(), zone=zone) == f"7: expected a time zone such as 'America/New_York', found {zone!r}"


# -- Cut files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("News: 42", "1: expected the header line after this line, found the end of the file"),
        ("A saying", "3: expected the title after this line, found the end of the file"),
        ("(example.com)", "5: expected the dateline after this line, found the end of the file"),
        ("dept.)", "7: expected the text of the story after this line, found the end of the file"),
        ("(Score:1)", "14: expected an author line after this score line, found the end of the file"),
        ("(Sco", "14: expected a whole score line, found the end of the file in 'Mine (Sco'"),
        ("by ann ( 7 )", "16: expected a text after this author line, found the end of the file"),
        ("by ann ( 7", "16: expected a whole author line, found the end of the file in 'by ann ( 7'"),
        ("by a", "16: expected a whole author line, found the end of the file in 'by a'"),
    ],
)
def test_a_file_cut_in_its_frame_is_refused_with_the_line(end, said):
    whole = document()
    assert refusal(whole[: whole.index(end) + len(end)]) == said


def test_a_list_of_links_cut_inside_a_number_is_refused():
    links = "[1] https://a.example/\n\n[2"
    said = "16: expected a link like '[1] https://...', found '[2'"
    assert refusal(FRONT.format(dateline=DATELINE) + "The story.\n\n\n\n" + links) == said


SEED_TEXT = SEED.decode()
WITHOUT_FORTUNE = SEED_TEXT[: SEED_TEXT.index("\n\nThere is a time")]


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (WITHOUT_FORTUNE, 152),
        (WITHOUT_FORTUNE[:-40], 152),
        (SEED_TEXT[: SEED_TEXT.index("sounds more dramatic")], 150),
        (document()[: -len("\n\n" + FORTUNE)], 18),
    ],
)
def test_a_file_without_fortune_keeps_its_last_paragraph_with_a_warning(raw, line):
    found = reading(raw)
    said = f"{line}: no closing fortune: the last line was read as the end of the last comment"
    assert (found.fortune, found.warnings) == (None, (said,))
    assert raw.rstrip().endswith(found.comments[-1].paragraphs[-1].text)


def test_a_story_without_comments_and_fortune_is_read_with_a_warning():
    found = reading(FRONT.format(dateline=DATELINE) + "The story.")
    said = "10: no closing fortune: the file ends with the story's text or links"
    assert (found.fortune, found.warnings) == (None, (said,))


def test_a_short_open_last_line_is_the_fortune_by_its_place_with_a_warning():
    found = reading(document(COMMENT + "\n\nMore.").replace(FORTUNE, "A fortune or not"))
    said = "22: no closing fortune that is surely one: by its place the last line was read as it, but it ends openly"
    assert (found.fortune, found.warnings) == ("A fortune or not", (said,))


# -- Scores, reasons, authors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", ["6", "-2", "99", "05", "-0", "9" * 5000])
def test_a_score_outside_the_scale_is_refused_with_the_line(score):
    said = refusal(document(COMMENT.replace("Score:1", f"Score:{score}")))
    assert said.startswith(f"14: expected a score from -1 to 5, found '{score[:60]}'")


@pytest.mark.parametrize("score", ["-1", "0", "5"])
def test_every_score_of_the_scale_is_read(score):
    assert reading(document(COMMENT.replace("Score:1", f"Score:{score}"))).comments[0].score == int(score)


def test_an_unknown_reason_is_kept_with_a_warning():
    found = reading(document(COMMENT.replace("Score:1", "Score:1, Cute")))
    assert found.comments[0].reason == "Cute"
    assert found.warnings == ("14: expected a reason such as Insightful, found 'Cute'; kept as it is",)


@pytest.mark.parametrize("reason", ["Funny", "Normal", "Spam", "Disagree", "Touché"])
def test_the_reasons_of_slash_and_its_kin_need_no_warning(reason):
    assert reading(document(COMMENT.replace("Score:1", f"Score:1, {reason}"))).warnings == ()


def test_look_alikes_in_a_text_are_no_comments_without_an_author_line():
    body = "He wrote: Foo (Score:5, Funny)\n\nby the way\n\nby ann ( 7 )\n\nBar (Score:99)\n\nEnd."
    found = reading(document(COMMENT.replace("Words.", body)))
    assert (len(found.comments), len(found.comments[0].paragraphs)) == (1, 5)


def test_a_forged_pair_cannot_be_told_and_is_a_comment():
    assert len(reading(document(COMMENT + "\n\n" + COMMENT)).comments) == 2


@pytest.mark.parametrize("number", ["007", "9" * 19, "9" * 5000])
def test_an_impossible_author_number_is_refused(number):
    said = refusal(document(COMMENT.replace("( 7 )", f"( {number} )")))
    assert said.startswith(
        f"16: expected an author's number without leading zeros, at most 9223372036854775807, found '{number[:60]}'"
    )


# -- Lost and added blank lines -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lose", "line"),
    [
        (lambda text: text.replace("\n\n\n\n", "\n\n").replace("\n\n\n", "\n\n"), 9),
        (lambda text: text.replace("\n\nby ", "\nby ").replace(" )\n\n", " )\n"), 57),
        (lambda text: text.replace("\n\n\n\n[1]", "\n\n[1]"), 36),
        (lambda text: text.replace("News: 0177069105\n\n", "News: 0177069105\n"), 2),
        (lambda text: text.replace("\n\nThere is", "\n\n\n\nThere is"), 156),
        (lambda text: text.replace("\n\n>\n\n", "\n>\n"), 15),
    ],
)
def test_lost_or_added_blank_lines_are_read_rightly_with_a_warning(lose, line):
    found = reading(lose(SEED_TEXT))
    assert found == reading(SEED)
    assert write_article(found) == SEED
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith(f"{line}: expected ")
    assert found.warnings[0].endswith("; the parts were told apart by their form")


def without_blank_lines(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line)


UNCLEAR = (
    "expected one blank line between paragraphs and before the closing fortune, "
    "found other counts: the fortune cannot be told from the last comment"
)


def test_a_file_without_any_blank_line_is_refused():
    assert refusal(without_blank_lines(SEED_TEXT)) == f"78: {UNCLEAR}"


def test_doubled_line_ends_are_refused():
    assert refusal(SEED_TEXT.replace("\n", "\n\n")) == f"313: {UNCLEAR}"


def test_a_fortune_glued_to_a_paragraph_is_refused():
    said = refusal(SEED_TEXT.replace("\n\nThere is", "\nThere is"))
    assert said.startswith(
        "152: expected a closing fortune with lines of at most 160 characters or a blank line after a paragraph, "
        "found 320 characters: 'DeepSeek did not only publish"
    )


def test_links_that_nothing_sets_apart_are_refused_if_their_numbers_do_not_tell():
    raw = document(text="See [3]this.\n\n[3] https://a.example/").replace("\n\n\n\n", "\n\n")
    assert refusal(raw) == "12: expected 3 blank lines between text and links, found 1"


def test_a_story_without_comments_that_lost_its_blank_lines_is_refused():
    raw = without_blank_lines(FRONT.format(dateline=DATELINE) + "The story.\n\n\n\n" + FORTUNE)
    assert refusal(raw) == "5: expected 2 blank line(s) before this line, found 0"


@pytest.mark.parametrize("cut", range(0, 157, 3))
def test_the_seed_without_any_one_line_end_is_read_rightly_or_refused_or_warned_of(cut):
    """Whatever single blank line is lost, nothing goes wrong in silence."""
    lines = SEED_TEXT.split("\n")
    blanks = [place for place, line in enumerate(lines) if not line]
    place = blanks[cut % len(blanks)]
    try:
        found = reading("\n".join(lines[:place] + lines[place + 1 :]))
    except BadArticle:
        return
    assert found.warnings
    assert found == reading(SEED)


# -- Sizes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            document().replace("A title", "t" * 1000),
            "5: expected a title of at most 1000 characters, found 1014: 'ttt",
        ),
        (
            document(COMMENT.replace("Mine", "s" * 1001)),
            "14: expected a subject of at most 1000 characters, found 1002: 'sss",
        ),
        (
            document(COMMENT.replace("ann", "n" * 256)),
            "16: expected an author's name of at most 255 characters, found 256: 'nnn",
        ),
        (
            document(COMMENT.replace("Score:1", f"Score:1, {'r' * 51}")),
            "14: expected a reason of at most 50 characters, found 51: 'rrr",
        ),
        (
            document(links=f"[1] https:{'a' * 9_995}"),
            "14: expected an address of at most 10000 characters, found 10001: 'https:aaa",
        ),
    ],
)
def test_what_is_too_long_is_refused_with_line_and_limit(raw, said):
    assert refusal(raw).startswith(said)


def test_what_is_just_not_too_long_is_kept_whole():
    found = reading(document(COMMENT.replace("ann", "n" * 255), links=f"[1] https:{'a' * 9_994}"))
    assert (len(found.comments[0].author), len(found.links[0].address)) == (255, 10_000)


def test_too_many_lines_are_refused(monkeypatch):
    monkeypatch.setattr(policy, "ARCHIVE_LINES_MAX", 7)
    assert refusal(document()) == "18: expected at most 7 lines with text (the limit), found more"


def test_warnings_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr(policy, "ARCHIVE_WARNINGS_MAX", 2)
    odd = COMMENT.replace("Score:1", "Score:1, Cute")
    found = reading(document(odd, odd, odd, odd))
    assert len(found.warnings) == 3
    assert found.warnings[-1] == "1: 2 more warnings about this file"


def test_a_link_number_used_twice_is_told_and_kept():
    found = reading(document(links="[1] https://a.example/\n\n[1] https://b.example/"))
    assert [link.number for link in found.links] == [1, 1]
    assert found.warnings == ("16: expected each link once, found [1] again; the first counts",)


@pytest.mark.parametrize(
    "body",
    [
        ">" * 1_000_000 + "x",
        "(Score:1 " * 100_000 + ")",
        "words " + "[a.a" * 200_000 + "x",
        "[1]" * 300_000,
        "by " + " ( 1 )" * 200_000 + "x",
        " \u00a0" * 500_000 + "x",
    ],
)
def test_a_crafted_line_costs_no_more_than_a_long_one(body):
    begun = time.process_time()
    reading(document(COMMENT.replace("Words.", body)))
    assert time.process_time() - begun < 5


# -- Files --------------------------------------------------------------------------------------------------------


def unread(path) -> str:
    with pytest.raises(BadArticle) as refused:
        read_file(path)
    return str(refused.value)


def test_a_file_is_read_as_it_is(tmp_path):
    (tmp_path / "a.txt").write_bytes(SEED)
    assert read_file(tmp_path / "a.txt") == SEED


def test_a_file_over_the_limit_is_refused_with_size_and_limit(tmp_path):
    with open(tmp_path / "big.txt", "wb") as big:
        big.truncate(policy.ARCHIVE_MAX_BYTES + 1)
    assert unread(tmp_path / "big.txt") == ("1: expected at most 10000000 bytes (the size limit), found 10000001 bytes")


def test_a_file_that_grows_is_not_read_beyond_the_limit(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"x" * 20)
    monkeypatch.setattr("stories.archive.files.check_file", lambda found: None)
    monkeypatch.setattr(policy, "ARCHIVE_MAX_BYTES", 10)
    assert "found 11 bytes" in unread(tmp_path / "a.txt")


def test_what_is_no_file_is_said(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert unread(tmp_path / "pipe") == "1: expected a file, found a pipe, a socket or a device"
    assert unread(tmp_path).startswith("1: expected a file, found a folder")
    assert unread(tmp_path / "none") == "1: expected a readable file, found: No such file or directory"
    assert unread("a\0b") == "1: expected a readable file, found: a name that no file can have"


def test_a_folder_is_read_in_order_of_name_without_dot_files(tmp_path):
    for name in ("b.txt", "a.txt", ".hidden", "C.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "a_folder").mkdir()
    (tmp_path / "a_folder" / "z.txt").write_text("x")
    (tmp_path / "a_folder" / "loop").symlink_to(tmp_path)
    found = [str(path.relative_to(tmp_path)) for path in list_files([tmp_path])]
    assert found == ["C.txt", "a.txt", "a_folder/z.txt", "b.txt"]


def test_files_keep_the_order_given_and_missing_ones_are_left_to_the_reader(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    paths = [tmp_path / "none", tmp_path / "a.txt"]
    assert list_files(paths) == paths
