"""What every history begins with: a seeded database and three enrolled laptops, made once and copied."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import psycopg

from app.domain.actor import Actor
from app.domain.codes import ConsentMethod, ContactKind, Decision, MayUse, Need, Purpose, Role, Scope
from app.domain.consent_check import Cell
from app.domain.ids import DeviceId, IdSource, OrganisationId, PersonId, ReferralId, ServiceId
from app.security.device_key import DeviceKey
from app.storage import connection as connection_module
from app.storage.vault import create_vault
from app.use_cases import consents, people, refer, referrals
from sync.central import database as database_module
from sync.central import feed, restoring, writing
from sync.central.lanes import advance_lane
from sync.central.service import Service
from sync.central.settings import Settings
from sync.central.signing import make_keys
from sync.client.enrol import enrol, keep_enrolment
from tests.helpers.central import AllianceService
from tests.helpers.postgres import Database, PostgresServer
from tests.simulator.door import Door
from tests.simulator.laptop import ADDRESS, AUDIENCE, Image, SimLaptop
from tests.simulator.slate import Slate
from tests.simulator.weather import SimClock, Trace, Weather
from tests.simulator.wire import Wire

SITES = ("stoke_mandeville", "salisbury")
SERVICES = {
    "back_up_wheelchair_skills": Need.WHEELCHAIR_SKILLS,
    "back_up_courses": Need.COURSE,
    "back_up_mentoring": Need.PEER_MENTORING,
}
"""One service for each of the partner's teams, so that one person may be held through several scopes."""
CONNECTIONS = 4
"""Of the service: one thread has two transactions open at most, and an error of it may leave one behind."""


@dataclass(frozen=True, slots=True)
class Post:
    """One laptop's place: whose it is, who works on it and what it holds."""

    name: str
    org: str
    user: str
    role: Role
    scopes: tuple[str, ...]
    teams: frozenset[str] = frozenset()


POSTS = (
    Post("ward", "aspire", "outreach_worker", Role.OUTREACH_WORKER, ("site:stoke_mandeville",)),
    Post("office", "aspire", "ward_coordinator", Role.COORDINATOR, ("site:stoke_mandeville", "programme")),
    Post(
        "intake",
        "back_up",
        "intake_worker",
        Role.INTAKE_WORKER,
        ("intake:outreach_support", "intake:mentoring", "intake:courses"),
        frozenset({"outreach_support", "mentoring", "courses"}),
    ),
)
"""Two laptops that share a scope, one of them in two scopes of the same people, and a partner with three teams."""


@dataclass(frozen=True, slots=True)
class Chance:
    """What a new laptop takes from where it is made: the time, and what looks like chance."""

    clock: SimClock
    rng: Random
    seed: str


def story_so_far(
    world: World, ward: SimLaptop, office: SimLaptop, intake: SimLaptop, clock: SimClock
) -> dict[UUID, str]:
    """Let two people be known when a history begins, one of them to two of the partner's teams; return their names."""
    names: dict[UUID, str] = {}
    for number, name in enumerate(("Quillfyndrake", "Brackendwyth"), 1):
        person = people.register_person(
            ward.vault, **ward.act, form=new_person(world, f"Ada {name}", f"07700 90000{number}")
        )
        names[person] = name
        cell = Cell(
            org=world.orgs["back_up"],
            purpose=Purpose.REFERRAL_CONTACT,
            decision=Decision.AGREED,
            scope=Scope.CONTACT_INJURY_NEEDS,
        )
        form = consents.ConsentForm(
            answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes, they may call me.", read_back=True
        )
        consents.record_consent(ward.vault, **ward.act, person_id=person, form=form)
        clock.forward(minutes=1)
    first = next(iter(names))
    for slug, need in list(SERVICES.items())[:2]:
        refer_to(world, ward, PersonId(first), slug=slug, need=need, why="Wants to get about outdoors.")
    for laptop in (ward, office, intake):
        laptop.sync()
    (_, skills) = sorted(intake.rows("SELECT id, body FROM rec_meta JOIN referral USING (rid) ORDER BY id"))
    act = {**intake.act, "referral_id": ReferralId(UUID(bytes=skills[0]))}
    referrals.open_as_receiver(intake.vault, **act)
    referrals.accept(intake.vault, **act, first_step_on=clock().date() + timedelta(days=7))
    intake.sync()
    # Three entries further on numbers have a digit more: what sorts them as text shall have its chance.
    with psycopg.connect(world.template.owner_url) as connection:
        connection.execute("UPDATE feed_head SET head = 97 WHERE head < 97")
    for laptop in (ward, office, intake):
        laptop.sync()
    return names


def new_person(world: World, name: str, phone: str) -> people.NewPerson:
    """Return the form of somebody on St Andrew ward."""
    return people.NewPerson(
        full_name=name,
        known_as=name.rpartition(" ")[2][:6],
        dob=("4", "7", "1988"),
        site=world.sites["stoke_mandeville"],
        ward="St Andrew",
        contact_kind=ContactKind.MOBILE,
        contact_value=phone,
        may_use=frozenset({MayUse.CALL}),
        needs=frozenset({Need.WHEELCHAIR_SKILLS, Need.PEER_MENTORING}),
    )


def refer_to(world: World, laptop: SimLaptop, person: PersonId, *, slug: str, need: Need, why: str) -> refer.Referred:
    """Refer somebody to a service, with exactly what was shown."""
    request = refer.Request(service_id=ServiceId(world.alliance.service_id(slug)), needs=frozenset({need}), why=why)
    preview = refer.preview_of(laptop.vault, **laptop.act, person_id=person, request=request)
    shown = replace(request, shown_hash=preview.shown_hash)
    (done,) = refer.refer(laptop.vault, **laptop.act, person_id=person, requests=(shown,))
    return done


class Alliance:
    """The alliance of one history: its own database, service and laptops."""

    def __init__(self, world: World, slate: Slate, folder: Path, clock: SimClock, seed: str) -> None:
        self.service = world.service_on(slate.database, folder, clock, Random(f"{seed}/service"))
        # The process is another one, its connections are warm.
        self.service.database._pool = slate.central._pool
        self.door = Door(self.service)


class World:
    """A PostgreSQL server, a seeded database on it, and the images of three laptops that were enrolled with it."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.keys = folder / "keys"
        make_keys(self.keys)
        self.compiled: dict[Any, Any] = {}
        self.template = server.fresh_database()
        self._folders = 0
        self._slates: dict[str, Slate] = {}
        self.while_open: Callable[[], None] = lambda: None
        self.images = self._prepare()

    def close(self) -> None:
        for slate in self._slates.values():
            slate.close()

    def service_on(self, database: Database, folder: Path, clock: SimClock, rng: Random) -> Service:
        """Return the real service on a database, with everything handed in that chance decides."""
        settings = Settings(
            postgres=database.service_url,
            owner=database.owner_url,
            journal=folder / "withdrawals.journal",
            files=folder / "files",
            keys=self.keys,
            audience=AUDIENCE,
            address=ADDRESS,
            connections=CONNECTIONS,
        )
        service = Service(settings, clock=clock, new_id=IdSource(clock, rng.randbytes))
        service.door._random_bytes = rng.randbytes
        return service

    def slate(self, change: str = "") -> Slate:
        """Return a database that holds what every history begins with; `change` is SQL that puts a bug into it."""
        if change not in self._slates:
            database = self.server.copy_of(self.template)
            if change:
                with psycopg.connect(database.owner_url) as changing:
                    changing.execute(change)  # type: ignore[call-overload]
            self._slates[change] = Slate(database, connections=CONNECTIONS)
        slate = self._slates[change]
        slate.wipe()
        return slate

    def operated(self, service: Service, slate: Slate) -> AllianceService:
        """Return what an operator does with the service of a history."""
        return AllianceService(_running(), service, slate.database, lambda: None)

    def next_number(self) -> int:
        """Return a number for the folder of the next history."""
        self._folders += 1
        return self._folders

    def before_commit(self, *args: Any) -> None:
        """A push has its numbers and is not committed: others may read and write now."""
        advance_lane(*args)
        self.while_open()

    def _prepare(self) -> tuple[Image, ...]:
        clock, trace = SimClock(), Trace()
        weather = Weather(Random(0), trace)
        rng = Random("world")
        service = self.service_on(self.template, self.folder, clock, rng)
        service.open()
        alliance = AllianceService(_running(), service, self.template, lambda: None)
        alliance.seed()
        self.alliance = alliance
        self.orgs = {slug: alliance.org(slug) for slug in ("aspire", "back_up")}
        self.sites = {slug: alliance.site(slug) for slug in SITES}
        door = Door(service)
        laptops = []
        for post in POSTS:
            wire = Wire(post.name, lambda: door, weather, trace)
            chance = Chance(clock, rng, "world")
            laptops.append(self.enrol(post, alliance, self.folder, wire=wire, weather=weather, chance=chance))
        self.names = story_so_far(self, *laptops, clock)
        for laptop in laptops:
            laptop.vault.close()
            laptop.close()
        service.close()
        self.starts_at = clock.now
        return tuple(replace(laptop.image, files={"": laptop.path.read_bytes()}) for laptop in laptops)

    def enrol(
        self, post: Post, alliance: AllianceService, folder: Path, *, wire: Wire, weather: Weather, chance: Chance
    ) -> SimLaptop:
        """Return a new laptop for a post: its vault, its key, its slip and its first load."""
        image = self._image(post, folder, chance)
        laptop = SimLaptop(
            image, folder, wire=wire, clock=chance.clock, weather=weather, seed=chance.seed, compiled=self.compiled
        )
        slip = alliance.slip(post.org, post.user, post.scopes)
        signer = DeviceKey(bytearray(image.device_seed))
        enrolment = enrol(slip, net=laptop.net, signer=signer, device_name=post.name, app_version="0.1.0")
        keep_enrolment(enrolment, laptop.held)
        laptop.actor = replace(image.actor, device=DeviceId(enrolment.device_id))
        laptop.image = replace(image, actor=laptop.actor)
        laptop.sync()
        return laptop

    def _image(self, post: Post, folder: Path, chance: Chance) -> Image:
        """Return a laptop with an empty vault and a key that nobody knows yet."""
        random_bytes, clock = chance.rng.randbytes, chance.clock
        key, vault_id = b"x'" + random_bytes(32).hex().encode() + b"'", UUID(bytes=random_bytes(16))
        path = folder / f"{post.name}-{vault_id.hex}.db"
        create_vault(path, bytearray(key), vault_id=vault_id, generation=1, now=clock(), random_bytes=random_bytes)
        actor = Actor(
            user=self.alliance.user(post.user),
            org=OrganisationId(self.orgs[post.org]),
            role=post.role,
            roles=frozenset({post.role}),
            device=DeviceId(UUID(int=0)),
            shown_name="Tester",
            teams=post.teams,
        )
        return Image(
            name=post.name,
            actor=actor,
            vault_key=key,
            vault_id=vault_id,
            device_seed=random_bytes(32),
            files={"": path.read_bytes()},
        )


def _running() -> Any:
    return SimpleNamespace(address=ADDRESS)


def _server_in(place: str | None) -> PostgresServer:
    """Start PostgreSQL with its files in a folder: a database for each history is 650 of them, made and removed."""
    usual, tempfile.tempdir = tempfile.tempdir, place or tempfile.tempdir
    try:
        return PostgresServer.start()
    finally:
        tempfile.tempdir = usual


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Leave out what is here already, and look through the rest a hundred times less often."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(70_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def running_world() -> Iterator[World]:
    """Run a world for the length of a block; the vaults lie in memory where the machine has such a folder."""
    memory = Path("/dev/shm")
    place = str(memory) if memory.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="alongside-simulation-", dir=place))
    server = _server_in(place)
    try:
        with ExitStack() as stack:
            # Pages of a few rows: what goes wrong between two pages shall have its chance in a short history.
            stack.enter_context(patch.object(feed, "PULL_LEAST_ROWS", 1))
            # One thread needs no four connections to each vault; opening them is a tenth of a short history.
            stack.enter_context(patch.object(connection_module, "POOL_SIZE", 2))
            # Two transactions stand open in one thread: whoever meets a lock is told at once to come again.
            impatient = database_module._SET_CONTEXT.replace("'2s'", "'1ms'")
            # The epoch of a feed is drawn by the database: from the same seed each time, or no two runs are equal.
            foreseen = f"{impatient.rstrip()}, setseed(0.25)"
            stack.enter_context(patch.object(database_module, "_SET_CONTEXT", foreseen))
            new_epochs = restoring._NEW_EPOCHS.replace("random()", "0.37")
            stack.enter_context(patch.object(restoring, "_NEW_EPOCHS", new_epochs))
            world = stack.enter_context(closing(World(server, folder)))
            stack.enter_context(patch.object(writing, "advance_lane", world.before_commit))
            # A history makes many objects and keeps few: a fifth of its time went into looking through all that the
            # world and its libraries hold.
            stack.enter_context(_seldom_collected())
            yield world
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
