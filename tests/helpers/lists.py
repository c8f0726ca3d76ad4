"""Two lists of invented people, the second with the slips that typing makes; the same row has the same id on both."""

from __future__ import annotations

import string
from random import Random

from app.domain.lists.entry import Written

_GIVEN = (
    "Samira William Ama Oisin Lukasz Mary Grace Tunde Hoa Peter Aisha Gareth Eleanor Norman Rosalind Efua Janet"
    " Ngozi Kwame Archie Jasmine George Priya Daniel Ruth Colin Tess Wendy Joel Marek Elspeth Yewande Abena Minh"
    " Bronwen Mohammed Fatima José Inês Siobhan Dafydd Zofia Harpreet Anjali Omar Leila Tomos Callum Isla Niamh"
).split()
_FAMILY_STARTS = (
    "Fer Bo Woj Lle Ade Ngu Fin Tom Men Ecc Vick Blun Ash Oko Ra Ha Stra Bri Mar Ho Ke Aman Sor Qui".split()
)
_FAMILY_ENDS = (
    "guson ateng cik wellyn yemi yen ch linson sah les ers dell down ro man verley nd ght lowe lub rr".split()
)
_STREETS = (
    "Rose Mill Alder Station Church Quarry Heron Castle Linnet Chapel Rowan Kestrel Orchard Harbour Abbey".split()
)
_KINDS = ("Street", "Lane", "Road", "Close", "Row")
_PLACES = "Bradford Llanelli Leeds Stanmore Aylesbury Dundee Armagh Truro Hexham Oswestry Wakefield Ely".split()


def invented_lists(*, rows: int, share: float, seed: int) -> tuple[list[Written], list[Written]]:
    """Return a list of `rows` people, and one in which that share of them stands again, shuffled and mistyped."""
    chance = Random(seed)
    one = [_person(number, chance) for number in range(rows)]
    strangers = [_person(rows + number, chance) for number in range(round(rows * (1 - share)))]
    other = [_mistyped(row, chance) for row in chance.sample(one, round(rows * share))] + strangers
    chance.shuffle(other)
    return one, other


def _person(number: int, chance: Random) -> Written:
    return Written(
        id=f"p{number}",
        given_name=chance.choice(_GIVEN),
        family_name=chance.choice(_FAMILY_STARTS) + chance.choice(_FAMILY_ENDS),
        date_of_birth=f"{chance.randint(1930, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        postcode=f"BD{chance.randint(1, 24)} {chance.randint(1, 9)}{''.join(chance.choices('ABDEFGHJLN', k=2))}",
        address_line=f"{chance.randint(1, 140)} {chance.choice(_STREETS)} {chance.choice(_KINDS)}",
        locality=chance.choice(_PLACES),
    )


def _mistyped(row: Written, chance: Random) -> Written:
    told = {name: getattr(row, name) for name in Written.__slots__}
    if chance.random() < 0.08:
        told["given_name"], told["family_name"] = told["family_name"], told["given_name"]
    for name in (name for name in Written.__slots__ if name != "id"):
        luck = chance.random()
        if luck < 0.03:
            told[name] = ""
        elif luck < 0.25:
            told[name] = _slip(told[name], chance)
    return Written(**told)


def _slip(text: str, chance: Random) -> str:
    if len(text) < 2:
        return text
    at = chance.randrange(len(text) - 1)
    letters = string.digits if text[at].isdecimal() else string.ascii_lowercase
    return chance.choice(
        (
            text[:at] + chance.choice(letters) + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )
    )
