"""Pages with invented people that show every part once: for the checks of every look and for pictures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ui.shell import NavigationEntry, Shell
from ui.widgets import (
    Answer,
    AnswerBar,
    AttentionCard,
    Banner,
    Card,
    Cell,
    ChoiceGroup,
    Column,
    ConsentMatrix,
    DangerButton,
    DataTable,
    DateBox,
    DateField,
    EmptyState,
    Event,
    LinkLine,
    Manner,
    MatrixColumn,
    MatrixRow,
    Option,
    Page,
    PersonHeader,
    PrimaryButton,
    QuietButton,
    ReferralProgress,
    SafeLabel,
    SecondaryButton,
    SecretField,
    SelectField,
    Shape,
    SideBySide,
    Station,
    Surface,
    Tabs,
    TextArea,
    TextField,
    TextRole,
    TickGroup,
    Timeline,
    Tone,
    column,
)

ENTRIES = [
    NavigationEntry(key="today", words="Today"),
    NavigationEntry(key="people", words="People"),
    NavigationEntry(key="referrals", words="Referrals"),
    NavigationEntry(key="mentoring", words="Mentoring"),
    NavigationEntry(key="directory", words="Directory"),
    NavigationEntry(key="impact", words="Impact"),
    NavigationEntry(key="attention", words="Attention", count=2),
    NavigationEntry(key="more", words="More"),
]
ROWS = [
    MatrixRow(key="aspire", name="Aspire", line="Housing, grants, assistive technology, living advice"),
    MatrixRow(key="back_up", name="Back Up", line="Mentoring, wheelchair skills, courses, family support"),
    MatrixRow(key="sia", name="Spinal Injuries Association", line="Advocacy, counselling, clinical advice"),
]
COLUMNS = [
    MatrixColumn(key="referral_contact", words="Get in touch"),
    MatrixColumn(key="casework", words="Work with us"),
    MatrixColumn(key="mentoring", words="Find a mentor"),
]
WORDING = (
    "Back Up’s mentoring team may look for someone who has been through something similar, and tell them "
    "your first name and how to reach you. You can stop this at any time."
)


def shell() -> Shell:
    """Return a main window with every entry and a status."""
    window = Shell(ENTRIES)
    window.set_status(
        Manner.ATTENTION,
        "No network. You can keep working. 3 things only on this laptop, oldest 3 days; last sent Tue 14:05.",
    )
    return window


def person_header(*, is_own_page: bool = False) -> PersonHeader:
    """Return the header of an invented person."""
    return PersonHeader(
        "Samira Osei",
        "known as Sam · she/her",
        "Stoke Mandeville · St David ward, bed 4 · home expected 12 December",
        ["Needs time", "Eye gaze"],
        is_own_page=is_own_page,
    )


def matrix() -> ConsentMatrix:
    """Return a matrix with every answer that can be given at a bedside."""
    grid = ConsentMatrix(ROWS, COLUMNS)
    grid.set_answer("aspire", "referral_contact", Answer.AGREED)
    grid.set_answer("aspire", "casework", Answer.AGREED)
    grid.set_answer("back_up", "referral_contact", Answer.AGREED)
    grid.set_answer("back_up", "casework", Answer.DECIDE_LATER)
    grid.set_answer("sia", "referral_contact", Answer.REFUSED)
    grid.set_answer("sia", "casework", Answer.NOT_ABLE_NOW)
    grid.set_current("back_up", "mentoring")
    return grid


def consent_page() -> Page:
    """Return the bedside page."""
    page = Page(
        "Who may help Sam?",
        "One charity and one reason at a time. Nothing is agreed until Sam says so.",
        full_width=True,
    )
    page.set_header(person_header())
    grid = matrix()
    bar = AnswerBar()
    bar.show_wording(grid.words_of(*grid.current), WORDING)
    body = column(grid, bar, gap=16)
    page.add(body)
    page.set_actions(PrimaryButton("Check the answers"), SecondaryButton("Save as draft"))
    return page


def person_page() -> Page:
    """Return the page of one person."""
    page = Page(full_width=True)
    page.set_header(person_header(is_own_page=True))
    parts = ("Overview", "Consent", "Referrals", "Mentoring", "Contact", "Notes", "History")
    page.add(Tabs([(words.lower(), words) for words in parts]))
    page.add(
        AttentionCard(
            "Ask again about a mentor from today",
            "On 12 November Sam was not able to answer. Leaves for home in 20 days.",
            PrimaryButton("Ask now"),
        )
    )
    page.add(SideBySide(_referrals(), _happened(), least_width=760, stretches=(2, 1)))
    return page


def _referrals() -> QWidget:
    block = QWidget()
    first = Card(
        "Aspire: adapted temporary housing",
        "Accepted by the housing team. First step by 28 November.",
        ReferralProgress(
            [
                Station(words="On this laptop", day="12 Nov", is_reached=True),
                Station(words="With Aspire", day="12 Nov", is_reached=True),
                Station(words="Opened", day="13 Nov", is_reached=True),
                Station(words="Accepted", day="14 Nov", is_reached=True),
                Station(words="Helped"),
            ]
        ),
    )
    second = Card(
        "Back Up: wheelchair skills",
        "Waiting for an answer. Due by 26 November.",
        ReferralProgress(
            [
                Station(words="On this laptop", day="12 Nov", is_reached=True),
                Station(words="With Back Up", day="12 Nov", is_reached=True),
                Station(words="Opened", day="16 Nov", is_reached=True),
                Station(words="Accepted"),
                Station(words="Helped"),
            ]
        ),
    )
    block.setLayout(column(SafeLabel("Referrals", TextRole.SECTION), first, second, gap=12))
    return block


def _happened() -> QWidget:
    block = QWidget()
    events = [
        Event(words="Accepted by Aspire", detail="14 November, 10:42", tone=Tone.DONE),
        Event(words="Opened by Aspire", detail="13 November, 09:05"),
        Event(
            words="Sam agreed: Aspire and Back Up",
            detail="12 November, spoken, read back",
            tone=Tone.BRAND,
        ),
        Event(words="Not able now: mentoring", detail="12 November, tired", tone=Tone.INFO),
        Event(words="Registered on St David ward", detail="12 November, by the outreach worker"),
    ]
    block.setLayout(column(SafeLabel("What happened", TextRole.SECTION), Timeline(events), gap=12))
    return block


def form_page() -> Page:
    """Return a form with every kind of field and two errors."""
    page = Page("Register a person", "Only what Sam tells you. You can add more later.")
    name = TextField("Full name", hint="As Sam says it, in any script")
    born = DateField("Date of birth", optional=True)
    born.set_parts(born.parts())
    fields = [
        name,
        TextField("Phone", characters=16, optional=True),
        born,
        SelectField("Ward", [("st_david", "St David ward"), ("st_george", "St George ward")]),
        ChoiceGroup(
            "Who is giving the answers",
            [
                Option(key="self", words="Sam"),
                Option(
                    key="attorney",
                    words="An attorney for health and welfare",
                    hint="You will be asked what evidence you saw",
                ),
            ],
        ),
        ChoiceGroup(
            "Did you read the answers back?",
            [Option(key="yes", words="Yes"), Option(key="no", words="No")],
            in_a_row=True,
        ),
        TickGroup(
            "How may we get in touch?",
            [
                Option(key="text", words="Text message"),
                Option(key="voice", words="Leave a voice message", hint="Without a charity’s name"),
            ],
        ),
        TextArea("Their own words", hint="Level 3: colleagues on this ward can read it", optional=True),
        SecretField("Your password"),
    ]
    for field in fields:
        page.add(field)
    page.set_actions(PrimaryButton("Save"), SecondaryButton("Save as draft"), DangerButton("Discard"))
    page.show_errors([("Type the full name", name)])
    born.set_error("The month is a number from 1 to 12", DateBox.MONTH)
    return page


def table_page() -> Page:
    """Return a list of invented people."""
    page = Page("People", "Everybody you look after on Stoke Mandeville’s wards.", full_width=True)
    words = [Column(words="Name", share=3), Column(words="Ward", share=2), Column(words="Next", share=3)]
    table = DataTable([*words, Column(words="Sent", share=3)], name="People")
    ids = list(range(200))
    table.set_ids(ids, {row_id: _person(row_id) for row_id in ids})
    table.set_current(1)
    page.add(table, fills=True)
    page.set_actions(PrimaryButton("Register a person"))
    return page


def _person(number: int) -> list[str | Cell]:
    names = ("Samira Osei", "Tom Ferguson", "Priya O’Brien & son", "Bob <b>Smith</b>", "Åsa Lindqvist")
    sent = (
        Cell(words="Received 10:14", shape=Shape.TICK, tone=Tone.DONE),
        Cell(words="Only on this laptop", shape=Shape.TRIANGLE, tone=Tone.ATTENTION),
        "Sent, not yet confirmed",
    )
    return [
        Cell(words=names[number % 5], strong=True),
        f"St David, bed {number % 12 + 1}",
        ("Ask again about a mentor", "First call due by 17 May", "")[number % 3],
        sent[number % 3],
    ]


def parts_page() -> Page:
    """Return the parts that stand on no other sample."""
    page = Page("Leaving the ward", "Eight lines; each is done, fixed, handed over or has its reason.")
    for manner, words in (
        (Manner.INFO, "Back Up is closed between 24 December and 2 January."),
        (Manner.ATTENTION, "Connect by 17 May, or this laptop locks."),
        (Manner.STOP, "Sam stopped sharing with Back Up. Nothing more is sent."),
        (Manner.DONE, "Recorded on this laptop."),
    ):
        page.add(Banner(words, manner=manner))
    page.add(Banner("Discarded.", manner=Manner.PLAIN, actions=(QuietButton("Undo", shape=Shape.UNDO),)))
    page.add(
        EmptyState("No sessions yet.", "The first call is due by 17 May.", SecondaryButton("Log a session")),
        group=True,
    )
    page.add_section("Also here")
    page.add(Surface(SafeLabel("A surface with a sentence."), LinkLine("Change how to address Sam")))
    grid = ConsentMatrix(ROWS[:1], COLUMNS[:2], name="Earlier answers")
    grid.set_answer("aspire", "referral_contact", Answer.WITHDRAWN)
    grid.set_answer("aspire", "casework", Answer.LAPSED)
    page.add(grid)
    return page


PAGES: dict[str, Callable[[], Page]] = {
    "consent": consent_page,
    "person": person_page,
    "form": form_page,
    "table": table_page,
    "parts": parts_page,
}
