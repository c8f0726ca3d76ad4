"""Registering and finding people: what is typed wrong is said at its field, and nothing is written by halves."""

from __future__ import annotations

import pytest

from app.domain.codes import ContactKind, MayUse, NoteLevel, Role
from app.domain.names import name_tables
from app.domain.person import ContactPoint, Person, Stay
from app.domain.sheets import Told
from app.errors import BadInputError, NotPermittedError
from app.storage.lists import PeopleFilter
from app.use_cases import importing
from app.use_cases.people import (
    NewPerson,
    PersonChange,
    add_note,
    change_permissions,
    change_person,
    divide_name,
    find,
    move_to,
    people_ids,
    people_rows,
    register_person,
)
from app.use_cases.person_page import open_person
from app.use_cases.same_person import possible_same
from tests.helpers.acts import register, say
from tests.helpers.vaults import Laptop, make_actor


def _count(ward: Laptop) -> tuple[int, int]:
    with ward.vault.reading() as read:
        people = read.connection.exec_driver_sql("SELECT count(*) FROM person").scalar_one()
        return people, read.connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"dob": ("31", "2", "2026")}, "person.dob.bad_format"),
        ({"dob": ("1", "1", "2199")}, "person.dob.in_future"),
        ({"nhs_number": "943 476 5918"}, "person.nhs_number.bad_format"),
        ({"nhs_number": "12345"}, "person.nhs_number.bad_format"),
        ({"known_as": "x" * 81}, "person.known_as.too_long"),
        ({"known_as": "a\x00b"}, "person.known_as.bad_format"),
        ({"bed": "b" * 11}, "stay.bed.too_long"),
        ({"expected_discharge": ("30", "2", "2027")}, "stay.expected_discharge_on.bad_format"),
        ({"expected_discharge": ("1", "1", "2020")}, "stay.expected_discharge_on.in_past"),
        ({"expected_discharge": ("20", "11", "2026")}, "stay.expected_discharge_on.in_past"),
        ({"contact_kind": ContactKind.MOBILE, "contact_value": "ring me"}, "contact_point.value.bad_format"),
        ({"contact_kind": ContactKind.EMAIL, "contact_value": "a@b@c"}, "contact_point.value.bad_format"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_written(ward: Laptop, fields, code: str):
    before = _count(ward)
    with pytest.raises(BadInputError) as caught:
        register(ward, **fields)
    assert caught.value.code == code
    assert _count(ward) == before


def test_somebody_nobody_could_find_again_is_not_registered(ward: Laptop):
    with pytest.raises(BadInputError, match=r"person\.minimum"):
        register(ward, site=None)
    with pytest.raises(BadInputError, match=r"person\.minimum"):
        register(ward, "")


@pytest.mark.parametrize(
    "name",
    [
        "Zoë O’Brien-Ștefănescu",
        "محمد عبد الله",
        "李 小龍",
        "Ngũgĩ wa Thiong'o",
        "<b>Robert</b> <img src=file:///etc/passwd>",
        "Robert'); DROP TABLE person;--",
        '=HYPERLINK("x")',
        '"unclosed',
    ],
)
def test_a_name_in_any_script_is_kept_as_written_and_found(ward: Laptop, name: str):
    person = register(ward, name)
    with ward.vault.reading() as read:
        kept = read.get(Person, person)
    assert kept.full_name == " ".join(name.split())
    first_word = next(word for word in name.split() if any(mark.isalnum() for mark in word))
    assert find(ward.vault, typed=first_word).rids


@pytest.mark.parametrize("typed", ['"', "*", "a OR b", "NEAR(", "' OR 1=1 --", "%", "\x00", "a" * 5000])
def test_no_search_raises_whatever_is_typed(ward: Laptop, typed: str):
    register(ward)
    find(ward.vault, typed=typed)


def test_search_goes_by_the_beginning_of_any_word_ward_and_last_four(ward: Laptop):
    register(ward, known_as="Sam", contact_kind=ContactKind.MOBILE, contact_value="07700 900123")
    for typed in ("sam", "ose", "os sam", "david", "0123", "07700900123", "SAMIRA"):
        assert len(find(ward.vault, typed=typed).rids) == 1, typed
    assert not find(ward.vault, typed="mira").rids


def test_the_list_goes_by_family_name_and_filters(ward: Laptop):
    for name in ("Zed Adams", "Ann Zulu", "Bo Miller"):
        register(ward, name)
    rows = people_rows(ward.vault, rids=people_ids(ward.vault, shown=PeopleFilter.ALL, on=ward.clock().date()))
    assert [row.name for row in rows] == ["Zed Adams", "Bo Miller", "Ann Zulu"]
    assert not people_ids(ward.vault, shown=PeopleFilter.CLOSED, on=ward.clock().date())


def test_names_are_divided_at_the_family_name_with_its_particles():
    assert divide_name("Ludwig van der Rohe") == ("Ludwig", "van der Rohe")
    assert divide_name("Samira Osei") == ("Samira", "Osei")
    assert divide_name("Cher") == ("Cher", "")
    assert divide_name("  ") == ("", "")


def test_a_move_to_another_hospital_closes_the_open_stay(ward: Laptop):
    person = register(ward)
    move_to(ward.vault, **ward.act, person_id=person, site=ward.sites["salisbury"], ward="Avon")
    with ward.vault.reading() as read:
        stays = read.of_person(Stay, person)
    assert [stay.is_open for stay in stays] == [False, True]
    assert open_person(ward.vault, **ward.act, person_id=person).ward == "Avon"


def test_a_move_within_the_hospital_keeps_the_stay(ward: Laptop):
    person = register(ward)
    move_to(ward.vault, **ward.act, person_id=person, site=ward.sites["stoke_mandeville"], ward="St Andrew", bed="2")
    with ward.vault.reading() as read:
        assert len(read.of_person(Stay, person)) == 1
    assert find(ward.vault, typed="andrew").rids


def test_taking_a_permission_away_is_a_removal_that_wins(ward: Laptop):
    person = register(
        ward,
        contact_kind=ContactKind.MOBILE,
        contact_value="07700 900123",
        may_use=frozenset({MayUse.CALL, MayUse.TEXT}),
    )
    with ward.vault.reading() as read:
        contact = read.of_person(ContactPoint, person)[0]
    changed = change_permissions(
        ward.vault, **ward.act, person_id=person, contact_id=contact.id, may_use=frozenset({MayUse.CALL})
    )
    assert changed.may_use == {MayUse.CALL}
    with ward.vault.reading() as read:
        patch = read.connection.exec_driver_sql("SELECT patch FROM outbox ORDER BY seq DESC LIMIT 2").scalars().all()[1]
    assert '"rem":{"may_use":["text"]}' in patch


def test_a_change_that_changes_nothing_sends_nothing(ward: Laptop):
    person = register(ward, known_as="Sam")
    before = _count(ward)
    with ward.vault.transaction(**ward.act) as work:
        work.change(Person, person, fields={"known_as": "Sam"})
    assert _count(ward) == before


def test_a_field_that_never_changes_is_refused(ward: Laptop):
    person = register(ward)
    with pytest.raises(BadInputError, match="not_permitted"):
        change_person(ward.vault, **ward.act, person_id=person, change=PersonChange(fields={"org": "x"}))


def test_ten_thousand_characters_do_not_fit_a_note(ward: Laptop):
    person = register(ward)
    with pytest.raises(BadInputError, match=r"case_note\.text\.too_long"):
        add_note(ward.vault, **ward.act, person_id=person, text="x" * 10_000, level=NoteLevel.ORGANISATION)
    add_note(ward.vault, **ward.act, person_id=person, text="x" * 8_000, level=NoteLevel.ORGANISATION)


def test_a_role_that_may_not_register_is_refused(ward: Laptop):
    ward.actor = make_actor(role=Role.IT_ADMIN)
    with pytest.raises(NotPermittedError):
        register(ward)


def test_looking_twice_within_ten_minutes_is_one_look(ward: Laptop):
    person = register(ward)

    def looks() -> int:
        with ward.vault.reading() as read:
            return read.connection.exec_driver_sql(
                "SELECT count(*) FROM audit_entry WHERE json_extract(body, '$.action') = 'open_person'"
            ).scalar_one()

    open_person(ward.vault, **ward.act, person_id=person)
    ward.clock.forward(minutes=9)
    open_person(ward.vault, **ward.act, person_id=person)
    assert looks() == 1
    ward.clock.forward(minutes=11)
    open_person(ward.vault, **ward.act, person_id=person)
    assert looks() == 2


def test_somebody_known_is_shown_before_a_second_record_is_made(ward: Laptop):
    register(ward, "William Fergusson")
    names = name_tables(groups=[["William", "Bill"]])
    form = NewPerson(full_name="Bill Ferguson", site=ward.sites["stoke_mandeville"], ward="St David")
    same = possible_same(ward.vault, form=form, names=names, on=ward.clock().date())
    assert [each.name for each in same] == ["William Fergusson"]
    assert {"given_nickname", "family_sounds_alike"} <= {reason.code for reason in same[0].reasons}


def test_a_stranger_is_not_taken_for_somebody_known(ward: Laptop):
    register(ward, "William Fergusson")
    form = NewPerson(full_name="Ama Boateng", site=ward.sites["salisbury"])
    assert possible_same(ward.vault, form=form, names=name_tables(), on=ward.clock().date()) == ()


def test_a_half_typed_form_is_compared_without_an_error(ward: Laptop):
    register(ward, "William Fergusson")
    form = NewPerson(
        full_name="W", dob=("99", "", ""), nhs_number="1", contact_kind=ContactKind.MOBILE, contact_value="0"
    )
    possible_same(ward.vault, form=form, names=name_tables(), on=ward.clock().date())


def test_registering_fills_a_draft_no_longer(ward: Laptop):
    with ward.vault.transaction(**ward.act) as work:
        work.save_draft("register_person", None, {"full_name": "Samira"})
    register_person(
        ward.vault, **ward.act, form=NewPerson(full_name="Samira Osei", site=ward.sites["stoke_mandeville"])
    )
    with ward.vault.reading() as read:
        assert read.connection.exec_driver_sql("SELECT count(*) FROM draft").scalar_one() == 0


@pytest.mark.parametrize("leaving", [("21", "11", "2026"), ("22", "11", "2026"), ("1", "12", "2026")])
def test_a_day_of_leaving_from_yesterday_on_is_taken(ward: Laptop, leaving: tuple[str, str, str]) -> None:
    assert register(ward, expected_discharge=leaving)


def test_ward_and_bed_can_be_corrected_after_the_day_of_leaving_is_over(ward: Laptop) -> None:
    person = register(ward, expected_discharge=("1", "12", "2026"))
    ward.clock.forward(days=30)
    with ward.vault.reading() as read:
        stay = read.of_person(Stay, person)[0]

    over = ("1", "12", "2026")
    move_to(ward.vault, **ward.act, person_id=person, site=stay.site, ward="St Joseph", expected_discharge=over)

    with pytest.raises(BadInputError, match=r"stay\.expected_discharge_on\.in_past"):
        move_to(ward.vault, **ward.act, person_id=person, site=stay.site, expected_discharge=("2", "12", "2026"))


def test_any_answer_ends_the_reminder_that_a_list_left(ward: Laptop) -> None:
    coordinator = make_actor("aspire", Role.COORDINATOR, "Kit")
    told = Told(number=2, given_name="Sam", email="sam@example.org", had_consent=True)
    (sam,) = importing.take_in(
        ward.vault, actor=coordinator, now=ward.clock(), people=[told], remember={}, course=importing.Course()
    )
    assert len(people_ids(ward.vault, shown=PeopleFilter.TO_ASK, on=ward.clock().date())) == 1
    say(ward, sam)
    assert not people_ids(ward.vault, shown=PeopleFilter.TO_ASK, on=ward.clock().date())
