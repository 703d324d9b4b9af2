"""What the community talks about: invented news, each with the words that its discussion turns on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One story. The words below ``intro`` fill the sentences of its discussion."""

    title: str
    dept: str
    topic: str
    section: str
    intro: str
    thing: str  # what it is about, with its article
    part: str  # the part of it that everybody argues about
    rival: str  # what it is held against
    maker: str
    users: str
    cost: str  # what it costs
    virtue: str  # what it is praised for
    place: str  # where people met it
    number: str  # a figure, with its unit


SECTIONS = {"Main": "main", "Hardware": "hardware", "Ask": "ask"}
TOPICS = {
    "Linux": "Li",
    "Privacy": "Pr",
    "Programming": "{}",
    "Space": "Sp",
    "Energy": "En",
    "Networks": "Nw",
    "Old Machines": "Om",
    "Science": "Sc",
}

BLUEPRINTS = (
    Blueprint(
        *("Kernel Team Drops the Last Floppy Driver Maintainer's Hat", "spinning-down", "Linux", "Main"),
        "The kernel's floppy driver has lost its last maintainer, who retired with a note of four lines. The "
        "code stays in the tree for now, but nobody answers for it, and two distributions have begun to leave "
        "it out.",
        *("the floppy driver", "the odd interrupt handling", "a USB stick", "the kernel team"),
        *("people with old lathes and synthesisers", "maintenance that nobody is paid for", "running for thirty years"),
        *("the machine shop where I work", "eleven thousand lines"),
    ),
    Blueprint(
        *("A Town Builds Its Own Fibre, and the Bill Is Lower Than Planned", "dig-once", "Networks", "Main"),
        "A town of nine thousand laid fibre to every house while the water pipes were open anyway. The first "
        "yearly report says that seven in ten homes are connected and that the loan will be paid back two "
        "years early.",
        *("the municipal network", "the cost of the last hundred metres", "the cable company", "the town"),
        *("households at the edge of town", "eighteen months of open roads", "answering its own telephone"),
        *("the village where I grew up", "seven in ten homes"),
    ),
    Blueprint(
        *("Library Returns a Book-Sorting Robot After Readers Learn to Confuse It", "shelf-life", "Science", "Main"),
        "A university library has sent back a robot that was to put returned books in order. Students had "
        "found out that a book on its back made it stop, and the staff say that they were faster without it "
        "from the first week.",
        *("the robot", "its idea of what a book is", "a student with a trolley", "the manufacturer"),
        *("librarians", "a service contract longer than the loan period", "never losing its temper"),
        *("our faculty library", "forty books an hour"),
    ),
    Blueprint(
        *("Ask: How Do You Keep Twenty Years of Family Photographs?", "bits-and-boxes", "Privacy", "Ask"),
        "A reader has four terabytes of pictures on three disks of different age, one of which has begun to "
        "click. What do you do yourselves, asks the reader, and what did you stop doing because nobody kept "
        "it up?",
        *("a plain folder with dates", "checking that the copies can be read", "a photo service", "the vendor"),
        *("relatives who will inherit it", "an evening every month", "still opening in twenty years"),
        *("my parents' house", "four terabytes"),
    ),
    Blueprint(
        *(
            "Compiler Gains a Mode That Explains Its Optimisations in Sentences",
            "because-i-said-so",
            "Programming",
            "Main",
        ),
        "A new switch makes the compiler tell, function by function, what it did and what kept it from doing "
        "more. The authors say that it began as a tool for teaching and that half of the reports surprised "
        "them as well.",
        *("the explaining mode", "what it says about aliasing", "reading the assembly", "the compiler's authors"),
        *("people who never read assembly", "a build that takes a third longer", "naming the line that is to blame"),
        *("the code base I look after", "two hundred sentences per file"),
    ),
    Blueprint(
        *("Weather Satellite Older Than Its Operators Switched Off on Purpose", "last-light", "Space", "Main"),
        "After thirty-four years the oldest working weather satellite has been put to rest. Its last picture "
        "shows a storm that two newer satellites missed, because neither looks at that ocean at that hour.",
        *("the old satellite", "the gap over the southern ocean", "the new pair", "the agency"),
        *("forecasters in the far south", "a ground station that only one firm can repair", "outliving three budgets"),
        *("the observatory where I volunteered", "thirty-four years"),
    ),
    Blueprint(
        *("Heat Pumps at Minus Twenty: A Winter's Log from 300 Houses", "warm-feelings", "Energy", "Hardware"),
        "A housing association has published every reading of a hard winter from three hundred houses with "
        "heat pumps. The worst week cost more than gas would have, the whole winter less, and eleven houses "
        "tell another story altogether.",
        *("a heat pump", "the defrosting cycle", "a gas boiler", "the housing association"),
        *("tenants in old houses", "insulation that comes first", "being boring for most of the year"),
        *("our street", "minus twenty degrees"),
    ),
    Blueprint(
        *("Password Rules: Study Finds That Forced Changes Make Passwords Worse, Again", "hunter3", "Privacy", "Main"),
        "A third large study comes to the same end as the two before: people who have to change passwords "
        "every ninety days pick weaker ones, and the next one can be guessed from the last. Auditors still "
        "ask for it.",
        *("forced expiry", "the rule about special characters", "a password manager", "the auditors"),
        *("nurses who sign in forty times a shift", "a help desk that does nothing else", "looking good in a report"),
        *("the hospital where I did support", "ninety days"),
    ),
    Blueprint(
        *("A 1987 Accounting Machine Still Closes the Books of a Harbour", "tape-worm", "Old Machines", "Hardware"),
        "The harbour's accounts are closed every month on a minicomputer from 1987. It has been replaced on "
        "paper three times. The woman who keeps it running has trained a successor, who is twenty-two and "
        "asked for the job.",
        *("the minicomputer", "the undocumented rounding", "the third replacement", "the harbour office"),
        *("clerks who know it by heart", "spare parts from collectors", "being right to the cent"),
        *("the shipping firm where I began", "1987"),
    ),
    Blueprint(
        *("Should Small Projects Turn Down Money?", "no-strings", "Programming", "Ask"),
        "The author of a small library was offered a year's pay by a firm that depends on it, and turned it "
        "down after reading the contract. She explains what was in it, and what she would have signed "
        "instead.",
        *("funded maintenance", "the clause about priorities", "a tip jar", "the sponsor"),
        *("maintainers with a day job", "freedom to say no", "paying the rent"),
        *("a project I co-maintain", "one year's pay"),
    ),
    Blueprint(
        *("Radio Amateurs Bounce a Message off a Passing Asteroid", "long-distance-call", "Space", "Main"),
        "Forty stations pointed at a rock the size of a football field as it passed, and nine of them heard "
        "their own signal come back. The message was a line of a poem; three letters of it are certain.",
        *("the experiment", "the signal processing afterwards", "bouncing off the moon", "the amateurs"),
        *("people with a dish in the garden", "a very large electricity bill for one night", "being done at all"),
        *("our club station", "three letters"),
    ),
    Blueprint(
        *("City Opens the Source of Its Traffic Lights", "red-green-refactor", "Linux", "Main"),
        "The software that runs eight hundred crossings can now be read by anybody. Within a week somebody "
        "found out why one of them made cyclists wait for four minutes at night; the fix was one line, and it "
        "was merged.",
        *("the traffic-light code", "the timing tables", "the closed system before it", "the city"),
        *("cyclists and bus drivers", "reviewing patches from strangers", "admitting its mistakes in public"),
        *("the crossing by our school", "four minutes"),
    ),
)
