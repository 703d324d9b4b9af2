"""Every number that decides something, with its unit and its reason. docs/policy.md explains each one to members."""

from datetime import timedelta
from typing import NamedTuple

# -- Scores ----------------------------------------------------------------------------------------------------
SCORE_MIN = -1  # points (Slash: comment_minscore)
SCORE_MAX = 5  # points (Slash: comment_maxscore)
SCORES = range(SCORE_MIN, SCORE_MAX + 1)  # all that a comment can have, the lowest first
KARMA_BONUS = 1  # points added where the bonus counts, by the reader's choice (Slash: karma_bonus, default +1)

# -- Karma -----------------------------------------------------------------------------------------------------
KARMA_MIN = -25  # karma points (Slash: minkarma)
KARMA_MAX = 50  # karma points (Slash: maxkarma)
KARMA_WORDS = (  # (up to and including this karma, the word); above the last: the best word (Slash: karma_adj)
    (-10, "Terrible"),
    (-1, "Bad"),
    (0, "Neutral"),
    (12, "Positive"),
    (25, "Good"),
)
KARMA_BEST_WORD = "Excellent"

# -- Moderation ------------------------------------------------------------------------------------------------
MOD_POINTS_HELD_MAX = 5  # spendable points a member can hold; a grant only fills up to it (Slash: maxpoints)
NETWORK_KEY_LIFETIME = timedelta(days=14)  # then a day's key is destroyed, and what it hashed tells nothing any more
OUTLOOK_SPAN = timedelta(days=14)  # how busy the site is, for the preview of another policy
ECONOMY_SETTLES = timedelta(minutes=1)  # younger comments wait for the next run: a lower number may be on its way
READ_LOG_PATIENCE = timedelta(milliseconds=100)  # a page waits no longer for a busy SQLite to count that it was read
READS_KEPT = timedelta(days=30)  # counts of pages read are deleted after this, or after a longer span asked about
FIGURES_DISCUSSIONS_MAX = 300  # discussions that the economy's page looks into, the newest of the span
FIGURES_PLACES = 5  # parts of a discussion that are compared (Slash: by fifths)
FIGURES_PLACES_FROM = 10  # comments; shorter discussions have no early and late part (Slash: 10)
MODERATIONS_PER_FORM = 50  # choices taken from one page; more than anybody has points for

# The moderator's desk: what needs a moderator most. Measured on Slashdot, 59 % of early comments and 7 % of late ones
# were ever moderated (Lampe and Resnick 2004), so place weighs most.
DESK_LINES = 12  # comments on the desk at a time; somebody with five points reads more than five
DESK_PER_DISCUSSION = 3  # of them from one discussion, as long as others have some
DESK_DISCUSSIONS = 60  # newest open discussions looked at
DESK_COMMENTS = 5_000  # comments looked at, in all; a few thousand narrow rows are read in moments
DESK_BY_FIFTH = (0, 1, 2, 4, 6)  # points of need by the fifth of the discussion a comment came in, early ones first
DESK_FIFTHS_FROM = 10  # comments of a discussion from which fifths mean something (Slash: as well, for rewards)
DESK_FIFTH_OF_FEW = 2  # the fifth, counted from 0, that all comments of a smaller discussion count in
DESK_LATE_FROM = 3  # the fifth, counted from 0, from which the desk calls a comment late
DESK_BY_LEVEL = 1  # point of need for each level that a comment stands deep ...
DESK_LEVELS = 3  # ... up to so many
DESK_BY_START = (1, 2, 1, 0)  # points of need by starting score from -1 on: an Anonymous Coward may be right
DESK_BY_MODERATIONS = (6, 2, 1)  # points of need by active moderations; nothing more after the last
DESK_SEEN_COST = 1  # point of need less for each other moderator whose desk has shown it ...
DESK_SEEN_MAX = 4  # ... up to so many
DESK_DAY_COST = 1  # point of need less for each day since it was posted: there are fewer readers left to gain
DESK_LOT = 3  # points of need given by lot, so that not all moderators see the same
DESK_EXCERPT = 140  # characters of what a comment on the desk answers
DESK_LOOK = timedelta(hours=1)  # a look at the desk lasts so long: lots and marks of what is new stay the same


class Reason(NamedTuple):
    """Why a comment was moderated, and what that does."""

    name: str
    score: int  # points
    karma: int  # karma points
    is_label: bool  # whether it can stand beside the score


REASONS = {  # by the number kept in the log (Slash: modreasons, numbers and values as there)
    1: Reason("Offtopic", -1, -1, True),
    2: Reason("Flamebait", -1, -1, True),
    3: Reason("Troll", -1, -1, True),
    4: Reason("Redundant", -1, -1, True),
    5: Reason("Insightful", +1, +1, True),
    6: Reason("Interesting", +1, +1, True),
    7: Reason("Informative", +1, +1, True),
    8: Reason("Funny", +1, 0, True),  # no karma for jokes, as on live Slashdot since 2001
    9: Reason("Overrated", -1, -1, False),
    10: Reason("Underrated", +1, +1, False),
    # The three of rehash; a policy of today's Slashdot does not offer them.
    11: Reason("Spam", -1, -10, True),
    12: Reason("Disagree", 0, 0, True),  # moves nothing, and says so
    13: Reason("Touché", +1, +1, True),
}

# -- Reading ---------------------------------------------------------------------------------------------------
THRESHOLD_DEFAULT = 0  # score below which a visitor's page hides a comment (Slash: threshold 0)
FULL_FROM_DEFAULT = 1  # score from which a comment is shown in full; below, one line that opens (Slash: D2's second)
HIGHLIGHT_FROM = 4  # score from which the threaded mode shows even a reply in full (Slash: highlightthresh 4)
FIRST_WORDS = 160  # characters of HTML whose text the line of a comment shows where there is room (Slash: D2 up to 256)
COMMENTS_PER_PAGE = 1000  # of a discussion; larger ones are read page by page, whole threads together
THREAD_BYTES_MAX = 985_000  # characters of comments on a page, so that no page is larger than a megabyte
COMMENT_MARKUP_BYTES = 460  # characters that a page adds to the words of a comment, on average
PARENT_WORDS_BYTES = 140  # and so many where a comment has to say which one it answers
THREADS_COUNTED = 64  # threads whose sizes are asked for in one query while a page is filled
FRAGMENT_STORE_BYTES = 48 * 2**20  # memory of a process for rendered comments; what was used longest ago goes first
PAGE_STORE_BYTES = 48 * 2**20  # memory of a process for whole compressed pages
COMPRESSED_FROM = 1_000  # bytes of a page; a smaller one gains nothing by it
PAGE_KEPT = timedelta(seconds=1)  # a page may be served again without asking the database; nobody reads older than this
FRESH_FOR = timedelta(seconds=5)  # whoever has just sent something is served no kept page for so long
VISIT_GAP = timedelta(minutes=30)  # after so long a pause the next look at a discussion is a new visit
VISIT_NOTED = timedelta(minutes=1)  # a look so soon after the last one, at nothing new, is not written down
PAGE_DIGITS = 7  # a page's number has fewer; what is longer is no number of a page
STORIES_PER_PAGE = 15  # stories on a front, section or topic page
COMMENTS_PER_MEMBER_PAGE = 24  # latest comments on a member's page (Slash: 24)
BOX_LINES = 8  # titles in a box at the side of a page
NOTICES_PER_PAGE = 50  # lines on a page of the inbox
VERDICTS_PER_PAGE = 25  # of the own moderations that were judged
DESCRIPTION_MAX = 160  # characters of a story that a page tells search engines; they show no more
EXCERPT_OF_PARENT = 160  # characters of what a judged comment answers, beside the link to it
DEPTH_SHOWN_MAX = 10  # levels of indentation; deeper replies stand at the tenth, which a phone can still show
CONTEXT_ANCESTORS_MAX = 10  # comments above a linked comment that its page shows as context
FORTUNE_LASTS = timedelta(minutes=10)  # how long one saying stays at the foot, so that pages can be compared

# -- Writing ---------------------------------------------------------------------------------------------------
SUBJECT_MAX = 100  # characters (Slash: 50, too short for today's titles)
FORM_KEY_LIFETIME = timedelta(hours=24)  # a form older than this is shown again, with its text, before it counts
POSTS_LOOKED_AT = 250  # newest comments that limits look at (Slash: istroll 250); more than any of them allows
PAIR_SPAN = timedelta(hours=1)  # within which answers of one member to the same other one are counted
POST_GAP_GROWTHS = 100  # times that the wait of a network grows; at ten times each it would be longer than numbers tell
BRAKE_STEP = timedelta(hours=1)  # by which the brake looks ahead for the time at which it lets somebody post
SAME_WORDS_WITHIN = timedelta(hours=1)  # a form that says again what was said here counts once: Back, then Post
EDIT_WINDOW = timedelta(minutes=5)  # the author may change a comment for so long; timedelta(0): never
EDITS_MAX = 10  # changes of one comment; who needs more should preview
MENTIONS_SEEN = 20  # names after an @ that are looked up in one comment; more is a list of people
MENTIONS_TOLD = 5  # members whom one comment tells that it mentions them
DIFF_PIECES_MAX = 3_000  # words compared one by one in a history; longer texts line by line, or as a whole
DRAFTS_MAX = 50  # drafts that are kept for one member; who has more has forgotten most of them
DRAFT_MAX = 60_000  # characters of a draft, subject included: four times what can be posted, so that it can be cut
DRAFT_LIFETIME = timedelta(days=30)  # a draft that nobody touched for so long is deleted
KEPT_FOR_SIGN_IN = timedelta(hours=1)  # words that wait for their writer to sign in are offered for so long
CHALLENGE_ROUNDS = (
    1_000  # of PBKDF2 for each try at a challenge: a quarter of a millisecond of a server, as of a browser
)
CHALLENGE_LEAST = 0.5  # share of a challenge's tries that it takes in any case: luck saves no more than half the wait
CHALLENGE_LIFETIME = timedelta(
    minutes=20
)  # a solution is worth a comment for so long after its challenge was asked for
CHALLENGE_SOLVED_ANEW = timedelta(minutes=15)  # a browser solves another one when its solution is so old
CHALLENGE_SOLUTION_MAX = 2_000  # characters of what comes with a comment as a solution; ours has 750
CHALLENGES_PER_MINUTE = 60  # challenges that one network is given
NAME_MIN = 2  # characters of a member's name
NAME_MAX = 30  # characters of a member's name (rehash: 35)
ZONE_NAME_MAX = 64  # characters of a time zone's name
PASSWORD_MIN = 10  # characters of a password (ASVS 5.0 6.2.1: at least 8; Slash: 6)
PASSWORD_GUESSES_LOG10 = 9  # a password that fewer than 10 to this many guesses would find is refused
PASSWORD_JUDGED_MAX = 40  # characters of a password that are judged; all of them count
SIGNATURE_MAX = 200  # characters under each comment of a member (Slash: 120)
SIGNATURE_EVERY = timedelta(minutes=10)  # one change in so long: each makes every kept page of comments anew
BIO_MAX = 1024  # characters about oneself (Slash: 1024)
EXPORT_PAUSE = timedelta(minutes=10)  # between two exports of one member: a large one is work for the server
EXPORT_IN_MEMORY = 2**20  # bytes of an export that is being made; what is more goes to a file that nobody else sees
ERASURE_GRACE = timedelta(days=14)  # until it is due, the wish to be erased can be taken back
ERASED_PER_RUN = 2_000  # comments whose words one run of the job erases; the next run goes on
KARMA_LINES_SHOWN = 50  # lines on a page of the own karma history
LEDGER_LINES_SHOWN = 50  # newest lines of the own ledgers of points and of tokens

# -- A reader's own modifiers ------------------------------------------------------------------------------------
MODIFIER_MAX = 6  # points that one preference of a reader adds or takes at most: from one end to the other (Slash: 6)
NEW_MEMBERS_PERCENT = 5  # of all members, the newest ones, where a reader says nothing else (Slash: as for tags)
COMMENT_SHORT = 100  # characters of a comment's HTML; below it is short, where a reader says nothing else
COMMENT_LONG = 2_000  # characters of a comment's HTML; above it is long, where a reader says nothing else
RELATIONS_MAX = 200  # friends, foes and ignored people of one member (Slash: 200)
IGNORED_POINTS = -6  # points that a comment of somebody ignored loses for the reader, from the highest to the lowest
PEOPLE_COUNTED_MAX = 2_000  # friends, foes and newest fans and freaks whose comments a reader's taste knows
PEOPLE_PER_PAGE = 100  # of a list of friends, foes, fans or freaks


class ReadingPreset(NamedTuple):
    """A ready-made taste; ``modifiers`` names only what differs from a visitor's."""

    name: str
    words: str
    modifiers: dict[str, int]


READING_PRESETS = {
    "usual": ReadingPreset("As everybody", "The karma bonus counts, nothing else. What visitors see.", {}),
    "alike": ReadingPreset("Everything alike", "What moderators made of it, and nothing besides.", {"bonus": 0}),
    "friends": ReadingPreset(
        "Friends first", "Friends up by 3, fans by 1, foes down by 3.", {"friend": 3, "fan": 1, "foe": -3}
    ),
    "newcomers": ReadingPreset(
        "Newcomers welcome",
        "The newest 10 % of members and Anonymous Cowards up by 1.",
        {"new": 1, "new_percent": 10, "anonymous": 1},
    ),
    "earnest": ReadingPreset("Laughs off", "Whatever is Funny goes to the bottom.", {"reason_8": -6}),
    "essays": ReadingPreset("Long reads", "Long comments up by 1, short ones down by 1.", {"long": 1, "short": -1}),
}

# -- Stories ---------------------------------------------------------------------------------------------------
TITLE_MAX = 200  # characters of a story's title (Slash: 100; imported ones are often longer)
DEPT_MAX = 100  # characters of the department line (Slash: 100)
DISCUSSION_LIFETIME = timedelta(days=60)  # then a discussion is archived: readable, closed (Slash: archive_delay)

# -- Notifications and jobs --------------------------------------------------------------------------------------
MAIL_BATCH = 100  # mails sent by one run of the sender (Slash: 100 every 5 minutes)
MAIL_NUDGED = 5  # mails sent at once after an event, in the member's own request where no worker runs
MAIL_CLAIM_LIFETIME = timedelta(minutes=10)  # a mail claimed longer ago by a worker that died is sent again
MAIL_TRIED_FOR = timedelta(days=3)  # a letter that no server took for this long is given up; the inbox keeps its line
NUDGE_REST = timedelta(seconds=10)  # after a failure the job queue is not tried again for this long
NUDGE_SLOW = timedelta(seconds=1)  # a nudge that held a request up for longer counts as a failure
NOTICE_LIFETIME = timedelta(days=90)  # read notifications are deleted after this
JOB_CLAIM_LIFETIME = timedelta(minutes=6)  # a job that began longer ago is taken for dead (workers end one after 5)
DEADLOCK_TRIES = 4  # times a transaction is tried that the database broke off for the sake of another
STATISTICS_ROWS = 1_000  # of each index that SQLite looks at for its statistics; its manual advises 100 to 1,000
JOB_EARLY = timedelta(seconds=5)  # a job may begin this much before its time, because timetables tick unevenly

# -- Staff -----------------------------------------------------------------------------------------------------
FLAGS_PER_DAY = 20  # comments that one member can flag within 24 hours; more is a campaign, or a script
FLAG_SPAN = timedelta(days=1)  # the span of that limit
# Comments that wait for staff because they look like spam (own statistics, learned from what staff decided).
SPAM_LESSONS_MIN = 20  # texts of each kind, spam and other, that must have been learned before anything waits
SPAM_HELD_FROM = 0.95  # probability from which a comment waits; staff look at it, so a mistake costs hours, not words
SPAM_NEW_ACCOUNT = timedelta(days=7)  # comments of older accounts never wait
SPAM_NEW_COMMENTS = 3  # nor do those of members who have so many comments that stand
SPAM_WORDS_MAX = 300  # different words of a text that are learned and weighed
SPAM_WORD_LENGTH = 40  # characters of a word that are kept
SPAM_WORDS_WEIGHED = 15  # words that decide, those that tell most (Graham: 15)
SPAM_WORDS_TOLD = 8  # of them that staff are shown
SPAM_EVEN = 0.5  # probability where nothing is known
SPAM_DOUBT = 1.0  # texts: how much a word's first appearances are doubted (Robinson: 1)
SPAM_TELLING = 0.1  # distance from one half below which a word tells nothing
SPAM_LEARN_AGE = timedelta(days=7)  # a comment that stood so long, unflagged, is learned as none
SPAM_LEARN_SINCE = timedelta(days=60)  # and not after this: what people talk about changes
SPAM_LEARNED_PER_RUN = (
    100  # of these in one run of the job, so that a day's talk does not outweigh the staff's decisions
)
HELD_EACH_MAX = 3  # comments of one member or one network that may wait at a time
HELD_MAX = 500  # that may wait in all; more nobody looks through
BAN_MAX = timedelta(days=3650)  # a ban with an end is no longer; one without an end is until it is lifted
BAR_FIRST = timedelta(days=30)  # the first bar from moderating (rehash: m1_1st_ban_duration)
BAR_AGAIN = timedelta(days=180)  # every later one (rehash: m1_ban_duration)
APPEAL_WITHIN = timedelta(days=30)  # after an act of staff; later nobody remembers what it was about
APPEAL_DUE = timedelta(days=7)  # for another member of staff to decide; many small sites meet once a week
APPEAL_REMINDED = timedelta(days=1)  # before an appeal is due, staff are reminded of it
APPEAL_MAX = 2_000  # characters of an appeal, and of its answer
LOG_PER_PAGE = 50  # acts on a page of the public log, in its feed and in its JSON
MASS_CHUNK = 100  # comments or moderations of a mass act that are changed in one transaction
MASS_CHUNKS_PER_RUN = 50  # such transactions in one run of the job, which comes each minute
MASS_MAX = 10_000  # comments or moderations of one mass act; a mass act is no way to empty a site
MASS_SHOWN = 50  # rows of a mass act that its preview shows, and texts of one author on its page

# -- Text ------------------------------------------------------------------------------------------------------
BODY_MAX = 15_000  # characters of a comment's source; longer ones cost parsers more than a tenth of a second
STORY_TEXT_MAX = 50_000  # characters of a story's source: editors write longer, and are few
BODY_MAX_GROWTH = 20  # times; rendered text longer than this many times its source is refused
BODY_GROWTH_FLOOR = 100  # characters; shorter sources are measured as this long, for a tag outweighs one letter
MARKUP_DEPTH_MAX = 20  # tags open around one another; sanitisers need the square of the depth, readers need three
QUOTE_DEPTH_MAX = (
    5  # levels of > shown as nested quotations; deeper ones stand at the fifth (Slash: nesting_maxdepth 3)
)
MARKDOWN_BRACKETS_MAX = 1_000  # opening square brackets in one Markdown text; each makes the parser look ahead
MARKDOWN_SIGNS_MAX = 2_500  # signs of emphasis and code (* _ ~ `) in one Markdown text; each must find its partner
MARKDOWN_LINES_MAX = 1_200  # lines of one Markdown text; a parser pays more for a line than for what is on it
COMBINING_RUN_MAX = 8  # marks shown on one letter; no living language stacks more (rehash: 4)
ADDRESS_MAX = 2_000  # characters of a link's address that browsers and mail programs all still follow
COLORED_CODE_MAX = 2_500  # characters of code shown in colors in one text; lexers take the square of the length
COLORED_CODE_GROWTH = 15  # times; code whose colors would outgrow it is shown plain

# -- What is no comment (docs/filters.md): measured on texts in more than ten scripts, so that real ones pass ------
SAME_TEXT_FROM = 40  # letters; the same text again in a discussion is refused from this length on
ONE_CHARACTER_FROM = 6  # signs; a text of so many that are all the same is refused (Slash: 6)
RUN_MAX = 40  # times in a row the same letter, digit or picture; a long cry has fewer
RULER_TO_RUN = 4  # a ruler of dashes, dots or stars may be so many times as long: wider than a line
SAME_LINE_MAX = 5  # times the same line, where it is most of the text
LINE_FROM = 4  # characters; shorter lines, such as brackets, may stand there as often as they like
SAME_WORD_FROM = 12  # words; shorter texts may be one word, shouted across a room
SAME_WORD_SHARE = 0.5  # of the words that may be the same one
WORD_SHOWN = 30  # characters of that word which the refusal repeats
FEW_WORDS_FROM = 60  # words; a text of so many ...
FEW_WORDS_SHARE = 0.1  # ... of which no more than this share are different ones says the same again and again
COUNTED_LINE_MAX = 20  # times the same line but for its numbers, where it is most of the text
SAMENESS_WINDOW = 8  # characters that are looked for earlier in the text, at each place
SAMENESS_FROM = 80  # places; shorter texts are not measured
SAMENESS_MAX = 0.75  # share of places whose characters stood in the text before
SAMENESS_CODE_MAX = 0.9  # the same for code, which repeats itself by nature
SHOUT_FROM = 40  # capitals; shorter cries are heard with patience
SHOUT_SHARE = 0.7  # share of capitals among all letters (Slash: half, of the letters from a to z)
CASELESS_WEIGHT = 4  # letters that a letter of a script without capitals counts for beside them
SUBJECT_SHOUT_FROM = 20  # capitals in a subject
SUBJECT_RUN_MAX = 10  # times in a row the same character in a subject
JUNK_FROM = 25  # signs without blanks and rulers; shorter texts may be a smile
JUNK_SHARE = 0.25  # of these that must be letters or digits of any script (Slash: 40 % from a to z)
COLUMN_FROM = 20  # lines; shorter columns may be lists
COLUMN_WIDTH = 5  # characters a line on average; narrower lines drive others off the page (Slash: 10 to 20)
COLUMN_LOOK = 40  # characters of a line that are measured; a longer one is no narrow one
WORD_MAX = 200  # characters without a blank, in scripts that part words (Slash: 80)
MARKS_STACKED = 3  # marks on one letter that no orthography needs; those of one script, such as Hebrew's, do not count
MARKS_STACKED_MAX = 3  # letters that carry so many

# -- Archived articles (docs/import.md) ------------------------------------------------------------------------
ARCHIVE_SOURCE = "slashdot.org"  # the site whose archives the importer reads; people and stories are known by it
ARCHIVE_SECTION_POSITION = 100  # the section of imported stories stands behind those the operator makes
ARCHIVE_MAX_BYTES = 10_000_000  # bytes of one file; 320 comments are 39 kB, so this is room for 80,000
ARCHIVE_LINES_MAX = 250_000  # lines with text in one file (10,000 comments have 60,000); keeps memory under 300 MB
ARCHIVE_ID_MAX = 20  # digits of a story's number (the mirror's have 10)
ARCHIVE_TITLE_MAX = 1_000  # characters of a title, and of a comment's subject (Slash: 100 and 50)
ARCHIVE_DATELINE_MAX = 1_000  # characters of the line with date, editor and department
ARCHIVE_NAME_MAX = 255  # characters of an archived author's name (Slash: 35)
ARCHIVE_PEOPLE_AT_ONCE = 500  # archived people stored by one statement; SQLite takes only so many values
ARCHIVE_UID_MAX = 9_223_372_036_854_775_807  # the largest author's number that a database column holds
ARCHIVE_REASON_MAX = 50  # characters of a score's reason (the longest known has 11)
ARCHIVE_ADDRESS_MAX = 10_000  # characters of one address in a list of links
ARCHIVE_CUT_MIN, ARCHIVE_CUT_MAX = 495, 516  # characters; a text cut by the source (at 512) has so many
ARCHIVE_FULL_FROM = 4  # points; from here the source shows every comment in full
ARCHIVE_FULL_TOP_LEVEL = 3  # points; here it shows only top-level comments in full, so a cut one is a reply
ARCHIVE_QUOTE_MIN = 15  # letters; a shorter quotation names no parent (35 of 35 right from here)
ARCHIVE_QUOTE_WORK_MAX = 1_000_000_000  # characters searched for quotations in one file, about 2 seconds
ARCHIVE_IDENTITY_MAX = 200  # folded characters that tell two comments of one author apart; far below the cut at 512
ARCHIVE_FORTUNE_LINE_MAX = 160  # characters; fortune files wrap at 80, so a longer line is a paragraph
ARCHIVE_WARNINGS_MAX = 100  # warnings told one by one about a file; the others are counted
ARCHIVE_FOUND_MAX = 60  # characters of the file that a message repeats
