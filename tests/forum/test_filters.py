"""What is no comment, in any script: each filter with what it refuses, and what it must let pass."""

import random
import time
from contextlib import suppress

import pytest

from forum.text import TextRefused, check_fit, check_fit_subject, fingerprint, render

SCRIPTS = {
    "Latin": "I have read the article twice, and I still think that its author is wrong about the second point.",
    "Cyrillic": "Я прочитал статью дважды и всё равно думаю, что её автор ошибается во втором вопросе.",
    "Greek": "Διάβασα το άρθρο δύο φορές και εξακολουθώ να πιστεύω ότι ο συγγραφέας κάνει λάθος.",
    "Arabic": "قرأت المقال مرتين، وما زلت أعتقد أن كاتبه مخطئ في النقطة الثانية من كلامه.",
    "Hebrew": "קראתי את המאמר פעמיים, ואני עדיין חושב שהכותב טועה בנקודה השנייה.",
    "Hebrew with points": "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ׃ וְהָאָרֶץ הָיְתָה תֹהוּ וָבֹהוּ",
    "Devanagari": "मैंने लेख दो बार पढ़ा है, और मुझे अब भी लगता है कि लेखक दूसरी बात पर ग़लत है।",
    "Thai": "ผมอ่านบทความนี้สองรอบแล้ว และยังคิดว่าผู้เขียนเข้าใจผิดในประเด็นที่สองอยู่ดี",
    "Chinese": "这篇文章我读了两遍，还是觉得作者在第二个问题上说错了，数据也不够充分。",
    "Japanese": "この記事を二回読みましたが、二つ目の点について著者は間違っていると思います。",
    "Korean": "이 기사를 두 번 읽었지만 두 번째 요점에 대해서는 여전히 글쓴이가 틀렸다고 생각합니다.",
    "Georgian": "სტატია ორჯერ წავიკითხე და მაინც ვფიქრობ, რომ ავტორი მეორე საკითხში ცდება.",
    "Ethiopic": "ጽሑፉን ሁለት ጊዜ አነበብኩት፤ አሁንም ጸሐፊው በሁለተኛው ነጥብ ላይ ተሳስቷል ብዬ አስባለሁ።",
}


def refusal(text, markup="plain") -> str:
    try:
        check_fit(render(text, markup))
    except TextRefused as words:
        return str(words)
    return ""


# -- What passes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", SCRIPTS.values(), ids=SCRIPTS)
def test_a_sentence_of_any_script_passes(words):
    assert refusal(words) == ""
    assert refusal(f"{words} {words}") == ""  # a slip of the hand


@pytest.mark.parametrize(
    "words",
    [
        "thanks!",
        "+1",
        ":-)",
        "?",
        "No no no no no. No.",
        "Noooooooooooooo!",
        "👍🎉",
        "RTFM, and LOL at IBM, NASA, USB and the TCP/IP crowd!!!",
        "使用 HTTP TCP DNS SSH URL SQL CSS HTML JSON XML YAML REST SOAP CORBA 的时候要注意",
        "https://example.org/" + "a/long/address/" * 30,
        "∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−f(a)|<ε; ∑_{i=0}^{n} x_i² = (a+b)/(c−d)",
        "The figures:\n" + "-" * 78 + "\n2019 | 12 | 3.4\n2020 | 15 | 3.9\n" + "=" * 78,
        "┌──────┬──────┐\n│ name │ size │\n├──────┼──────┤\n│ core │ 12   │\n└──────┴──────┘",
        "Milk\nEggs\nBread\nTea\nSalt\nRice",
        "> What do you mean?\n\nThis.",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    ],
)
def test_what_people_really_write_passes(words):
    assert refusal(words) == ""


@pytest.mark.parametrize(
    "code",
    [
        "".join(f"    if (a[{n}] == 0) {{\n        return {n};\n    }}\n" for n in range(20)),
        "+-----+-----+-----+\n" * 3 + "|  1  |  2  |  3  |\n" + "+-----+-----+-----+\n",
        "$$$ { } ( ) [ ] << >> && || != == ++ -- ;; :: // \\\\",
        "SELECT NAME FROM CUSTOMERS WHERE COUNTRY = 'DE' AND BALANCE > 0 ORDER BY NAME;",
        "X" * 300,
    ],
)
def test_code_is_no_junk_and_does_not_shout(code):
    assert refusal(code, "code") == ""
    assert refusal(f"Like this:\n\n```\n{code}\n```\n", "markdown") == ""


# -- What is refused, with words that say what to change ---------------------------------------------------------------


@pytest.mark.parametrize("one", ["a", "я", "α", "م", "ש", "अ", "ก", "是", "あ", "한", "7", "🔥"])
def test_one_character_again_and_again_is_refused(one):
    assert "one character" in refusal(one * 50)
    assert "one character" in refusal("Hm, " + one * 50)
    assert "one character" in refusal("\n".join([one] * 9))


@pytest.mark.parametrize("word", ["spam", "спам", "σπαμ", "مزعج", "ספאם", "स्पैम", "สแปม", "垃圾", "スパム", "스팸"])
def test_one_word_again_and_again_is_refused_and_named(word):
    assert f"the word “{word}”" in refusal(f"{word} " * 30)
    assert f"the word “{word}”" in refusal(f"{word}! " * 15 + "and no more")


@pytest.mark.parametrize("line", SCRIPTS.values(), ids=SCRIPTS)
def test_one_line_again_and_again_is_refused(line):
    assert "one line" in refusal(f"{line}\n" * 6)
    assert "one line" in refusal("\n".join(f"{line} {number}" for number in range(25)))


@pytest.mark.parametrize(
    "phrase", ["加微信领取现金红包", "คลิกที่นี่เพื่อรับเงินฟรี", "buy cheap pills now, ", "купи дёшево сейчас! "]
)
def test_a_phrase_again_and_again_without_lines_is_refused(phrase):
    assert "again and again" in refusal(phrase * 40)
    assert "again and again" in refusal(phrase * 400, "code")


def test_a_handful_of_words_in_any_order_is_refused():
    words = ["alpha", "beta", "gamma", "delta"]
    assert "the same again" in refusal(" ".join(words[(n * n + n // 3) % 4] for n in range(200)))


@pytest.mark.parametrize("script", ["Latin", "Cyrillic", "Greek", "Georgian"])
def test_shouting_is_refused_where_a_script_has_capitals(script):
    assert "capitals" in refusal(SCRIPTS[script].upper())


def test_shouting_is_measured_on_own_words_only():
    shouted = SCRIPTS["Latin"].upper()
    assert refusal(f"> {shouted}\n\nThere is no need to shout.") == ""


@pytest.mark.parametrize("junk", ["!?#$%&*()[]{}" * 3, "🔥🚀💰💯" * 10, "!@#$ %^&* ()_+ {}|: <>? -=[]; ',./ a"])
def test_junk_is_refused(junk):
    assert "hardly any letters" in refusal(junk) or "again and again" in refusal(junk)


def test_what_looks_like_an_address_hides_no_junk():
    assert "hardly any letters" in refusal("!?#$%&*(://" * 2 + "~^]={;'<|>(*&[%.,:#@!)$/?+-_")


def test_a_column_of_letters_is_refused():
    assert "more on a line" in refusal("\n".join("abcdefghijklmnopqrstuvwxyz"))


def test_an_endless_word_is_refused_where_words_have_blanks():
    mash = "".join(random.Random(3).choices("qwertyuiop", k=300))
    assert "a word of 300 characters" in refusal(mash)
    assert refusal(SCRIPTS["Chinese"] * 2 + "".join(chr(0x4E00 + 7 * n) for n in range(300))) == ""


def test_stacked_marks_are_refused_and_those_of_a_script_are_not():
    assert "stacks" in refusal("".join(letter + "\u0336\u0337\u0338\u0321\u0322" for letter in "Zalgo comes"))
    assert refusal("Ngu\u031b\u0323\u031bời cuối cùng, a\u0331\u0301\u0302") == ""  # one or two letters may be strange


@pytest.mark.parametrize("markup", ["plain", "html", "markdown"])
def test_a_text_that_only_quotes_is_refused(markup):
    words = "<blockquote>Said before.</blockquote>" if markup == "html" else "> Said before.\n> And more."
    assert "only a quotation" in refusal(words, markup)
    assert refusal(words + "\n\nTrue.", markup) == ""


def test_subjects_may_neither_shout_nor_go_on_for_ever():
    for subject in (
        "WHY DOES NOBODY ANSWER MY QUESTION",
        "Help!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
        "Nooooooooooooo",
    ):
        with pytest.raises(TextRefused, match="The subject"):
            check_fit_subject(subject)
    for subject in ("Re: WHY DOES NOBODY ANSWER MY QUESTION", "NASA and ESA", "为什么没有人回答我的问题", "Hm..."):
        check_fit_subject(subject)


# -- The same text again -----------------------------------------------------------------------------------------------


def test_a_text_is_known_again_however_it_is_set():
    words = SCRIPTS["Latin"]
    shown = {fingerprint(render(one, "plain")) for one in (words, words.upper(), f"  {words} !!", f"> Hm?\n\n{words}")}
    assert len(shown) == 1
    assert fingerprint(render(words, "markdown")) in shown
    assert fingerprint(render(words + " Indeed.", "plain")) not in shown


def test_a_short_text_is_not_told_by_its_words():
    assert fingerprint(render("Thank you very much!", "plain")) is None


# -- Time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flood",
    ["a", "a ", "ab", "://", "a://", "\n", "x\n", "<", "a\u0301\u0301\u0301", "🔥", "! ", "http://", "的", "=-", "1 "],
)
def test_a_text_ten_times_as_long_takes_no_longer_than_a_line_of_time(flood):
    def seconds(length):
        html = f"<p>{flood.replace('<', '&lt;') * (length // len(flood))}</p>"
        start = time.process_time()
        with suppress(TextRefused):
            check_fit(html)
        return time.process_time() - start

    assert (
        min(seconds(150_000) for _ in range(3)) < 0.6
    )  # ten times what a comment may have; squares would take minutes
