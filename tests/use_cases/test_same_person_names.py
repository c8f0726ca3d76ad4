"""The warning while typing knows people again whose names are written otherwise, wherever the names come from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.domain.codes import ContactKind
from app.domain.linkage import Level, ReasonCode
from app.domain.names import NameTables, name_parts
from app.use_cases.people import NewPerson
from app.use_cases.same_person import PossibleSame, possible_same
from tests.helpers.acts import register
from tests.helpers.vaults import Laptop
from ui.view_models.registration import shipped_name_tables

DAY = date(2026, 11, 22)
NAMES: NameTables = shipped_name_tables()


def warned(ward: Laptop, form: NewPerson) -> tuple[PossibleSame, ...]:
    return possible_same(ward.vault, form=form, names=NAMES, on=DAY)


def there(ward: Laptop, name: str, **fields: str) -> NewPerson:
    return NewPerson(full_name=name, site=ward.sites["stoke_mandeville"], ward="St David", **fields)


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("William Fergusson", "Bill Ferguson"),
        ("Katherine Brown-Hughes", "Kathryn Hughes"),
        ("Siân Llewellyn", "Shan Llywelyn"),
        ("Rhys Gruffydd", "Reece Griffith"),
        ("Iwan ap Gwilym", "Ifan Gwilym"),
        ("Małgorzata Wójcik", "Gosia Wojcik"),
        ("Krzysztof Szymański", "Krzysiek Shimanski"),
        ("Agnieszka Kowalska", "Agneshka Kowalski"),
        ("Mohammed Hussain", "Muhammad Husein"),
        ("Yousef Abdelrahman", "Yusuf Abdul Rahman"),
        ("Khadija Choudhury", "Khadeeja Chowdhury"),
        ("Jaswinder Singh Gill", "Jasvinder Gill"),
        ("Lakshmi Venkatesan", "Laxmi Venkatesan"),
        ("María García López", "Maria Garcia"),
        ("João Gonçalves da Silva", "Joao Goncalves"),
        ("Niamh O’Sullivan", "Neve O Sullivan"),
        ("Søren MacKay", "Soren McKay"),
    ],
)
def test_somebody_is_known_again_though_the_name_is_written_otherwise(ward: Laptop, known: str, typed: str) -> None:
    register(ward, known)
    register(ward, "Ama Boateng")
    assert [each.name for each in warned(ward, there(ward, typed))] == [known]


def test_a_day_of_birth_that_is_not_known_is_no_hindrance(ward: Laptop) -> None:
    register(ward, "Efua Mensah", dob=("", "", "1987"))
    (same,) = warned(ward, there(ward, "Efua Mensah"))
    assert same.level is Level.LIKELY


@pytest.mark.parametrize(
    ("born", "typed", "code"),
    [
        (("4", "7", "1988"), ("7", "4", "1988"), ReasonCode.BORN_SWAPPED),
        (("4", "7", "1988"), ("4", "7", "1989"), ReasonCode.BORN_ONE_DIGIT),
        (("4", "7", "1988"), ("", "7", "1988"), ReasonCode.BORN_SAME_MONTH),
        (("4", "7", "1988"), ("", "", "1988"), ReasonCode.BORN_SAME_YEAR),
    ],
)
def test_days_of_birth_that_are_nearly_the_same_speak_for_it(
    ward: Laptop, born: tuple[str, str, str], typed: tuple[str, str, str], code: ReasonCode
) -> None:
    register(ward, "Hoa Nguyen", dob=born)
    (same,) = warned(ward, NewPerson(full_name="Hoa Nguyen", dob=typed))
    assert code in {reason.code for reason in same.reasons}


def test_an_e_mail_address_alone_is_enough_to_compare_by(ward: Laptop) -> None:
    register(ward, "Grace Adeyemi", contact_kind=ContactKind.EMAIL, contact_value="grace@example.org")
    form = NewPerson(full_name="Precious Okoro", contact_kind=ContactKind.EMAIL, contact_value="Grace@Example.org")
    assert warned(ward, form) == ()
    (same,) = warned(ward, replace(form, full_name="Gracie Okoro"))
    assert ReasonCode.EMAIL_EQUAL in {reason.code for reason in same.reasons}


def test_the_telephone_of_a_ward_tells_nobody_from_another(ward: Laptop) -> None:
    on_the_ward = {"contact_kind": ContactKind.WARD_PHONE, "contact_value": "01632 960123"}
    for number in range(45):
        register(ward, f"Zoltan{number} Quux{number}", **on_the_ward)
    register(ward, "William Fergusson", **on_the_ward)
    (same, *_) = warned(ward, there(ward, "Bill Ferguson", **on_the_ward))
    assert same.name == "William Fergusson"


def test_names_that_are_exchanged_are_known_again(ward: Laptop) -> None:
    register(ward, "Hoa Nguyen")
    (same,) = warned(ward, there(ward, "Nguyen Hoa"))
    assert ReasonCode.NAMES_SWAPPED in {reason.code for reason in same.reasons}


def test_small_words_of_family_names_are_not_shared_names() -> None:
    assert name_parts("da Costa") & name_parts("da Silva") == frozenset()
    assert name_parts("al Rahman") & name_parts("al Haddad") == frozenset()


def test_people_who_share_more_come_before_the_many_who_share_a_sound(ward: Laptop) -> None:
    for number in range(60):
        register(ward, f"Mary {'Smith' if number % 2 else 'Smythe'}", ward="Heron", bed=str(number % 30 + 1))
    register(ward, "Mary Okonkwo", contact_value="07700 900456")
    form = NewPerson(full_name="Mary Okonkwo")
    assert warned(ward, form)[0].name == "Mary Okonkwo"


@pytest.mark.parametrize(
    "hostile",
    ["' OR 1=1 --", '"; DROP TABLE person; --', "NEAR(a b)", "*", "a" * 80, "<b>Bob</b>", "\u202eevil", "王芳", "𓀀"],
)
def test_hostile_names_are_names(ward: Laptop, hostile: str) -> None:
    register(ward, "William Fergusson")
    assert warned(ward, NewPerson(full_name=hostile)) == ()
    assert warned(ward, NewPerson(full_name=f"{hostile} Fergusson", dob=("1", hostile, "99"))) is not None
