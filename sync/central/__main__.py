"""The command `alongside-central`: what the operator of the service types."""

from __future__ import annotations

import errno
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.custody.shares import Share
from app.domain.clocks import london_day
from app.domain.codes import AllianceRole, Nation, SiteKind
from app.domain.ids import OrganisationId
from app.domain.periods import Period
from app.domain.told_figures import Whose
from app.errors import BadInputError, KnownError, NotFoundError, ServiceError
from sync.central import stop_signals
from sync.central.administration import Administration
from sync.central.auditing import write_audit_extract
from sync.central.custodians import part_of, read_part
from sync.central.database_words import in_words
from sync.central.diary import make_log
from sync.central.entering import (
    as_id,
    as_recovery_key,
    end_agreement,
    new_agreement,
    new_organisation,
    new_service,
    new_site,
    new_user,
    new_wording,
)
from sync.central.listing import Listing, seen_words
from sync.central.logging_of_libraries import libraries_heard
from sync.central.migrating import migrate
from sync.central.private_files import write_over
from sync.central.rescuing import import_kept, import_sealed, kept_rescues, read_rescue
from sync.central.seed import Seed
from sync.central.sentences import imported_words, sentence_for
from sync.central.service import now_utc, service_of
from sync.central.serving import RunningService
from sync.central.settings import Settings, read_settings
from sync.central.signing import ServiceKeys, make_keys, read_keys
from sync.protocol.slip import read_aloud, write_slip

EXIT_REFUSED = 1
"""The world or the operator: said in a sentence; nothing was changed."""
EXIT_TYPED = 2
"""The settings will not do, or what was typed or stands in a file: nothing was tried."""

MIGRATION_TRIES = 20
"""A minute and a half of patience: longer than any statement of the service."""

_TYPED_CODES = frozenset(
    {
        "service.settings_missing", "service.settings_wrong", "service.settings_absent", "service.settings_file",
        "service.owner_missing", "service.bad_id", "service.bad_recovery_key", "service.bad_file", "service.bad_fields",
        "service.bad_scope", "service.too_many_scopes", "user.person_missing", "device.one_volunteer",
        "service.scope_missing", "site.there_already", "user.left_already", "agreement.ended_already",
        "device.revoked_already",
    }
)  # fmt: skip

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML file; or name it in ALONGSIDE_CENTRAL_SETTINGS.")
]
OneOrg = Annotated[str | None, typer.Option("--org", help="Id of an organisation; every one without it.")]
OrgOption = Annotated[str, typer.Option("--org", help="Id of the organisation.")]
JsonFile = Annotated[Path, typer.Argument(help="JSON file; its fields are in docs/reference/operator-files.md.")]

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def _group(name: str, about: str) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=about)
    cli.add_typer(group, name=name)
    return group


keys = _group("keys", "The keys the service signs with.")
organisation = _group("organisation", "Members of the alliance.")
site = _group("site", "Hospitals and other places.")
service = _group("service", "What members offer.")
agreement = _group("agreement", "Papers between members.")
user = _group("user", "Accounts.")
wording = _group("wording", "What is read to people when they are asked.")
device = _group("device", "Laptops.")
audit = _group("audit", "What was looked at and changed on laptops.")
rescue = _group("rescue", "Work that a laptop had not sent when it was given up.")


@cli.callback()
def start(context: typer.Context, settings: SettingsFile = None) -> None:
    """Run and look after the central service of an alliance."""
    context.obj = settings


@cli.command("migrate")
def migrate_command(context: typer.Context) -> None:
    """Bring the database to this version, as its owner."""
    with _in_sentences():
        settings = _settings(context)
        if not settings.owner:
            raise ServiceError("service.owner_missing")
        version = migrate(settings.owner, now=now_utc(), tries=MIGRATION_TRIES, wait=time.sleep)
        _say(f"The database is at version {version}.")


@cli.command("serve")
def serve(context: typer.Context) -> None:
    """Answer laptops, until stopped."""
    log = make_log()
    with stop_signals.held_back(), _in_sentences(), libraries_heard(log):
        central = service_of(_settings(context))
        central.journal.prove_writable()
        central.files.prove_writable()
        running = RunningService(central, log)
        try:
            running.start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ServiceError("service.port_taken") from error
            raise ServiceError("service.cannot_listen", problem=error.strerror) from error
        # What is here now stays to the end: a push of 500 ops would have the collector walk through all of it.
        gc.collect()
        gc.freeze()
        _say(f"Listening on {running.address}.")
        if running.operator_address:
            _say(f"Health and metrics on {running.operator_address}.")
        stop_signals.wait(running)
        running.stop()


@keys.command("make")
def keys_make(context: typer.Context) -> None:
    """Make the signing keys. Move offline.key to a medium that is kept locked away."""
    with _in_sentences():
        folder = _settings(context).keys
        make_keys(folder)
        _say(f"The keys are in {folder}. Move offline.key away from this machine.")
        _say_fingerprints(read_keys(folder))


@keys.command("show")
def keys_show(context: typer.Context) -> None:
    """Show the fingerprint to read out when a laptop is set up."""
    with _in_sentences():
        _say_fingerprints(read_keys(_settings(context).keys))


@organisation.command("add")
def organisation_add(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="The name people know.")],
    legal_name: Annotated[str, typer.Option(help="The name in the register.")],
    withdraw_phone: Annotated[str, typer.Option(help="The number people ring to stop.")],
    data_protection_contact: Annotated[str, typer.Option(help="Whom to write to about data protection.")],
    safeguarding_contact: Annotated[str, typer.Option(help="Whom to tell about a concern.")],
    nation: Annotated[str, typer.Option(help="Where it is.")] = Nation.ENGLAND.value,
    role: Annotated[str, typer.Option(help="lead, secretariat, member or observer.")] = AllianceRole.MEMBER.value,
    charity_number: Annotated[str, typer.Option(help="In the register of charities.")] = "",
    does: Annotated[str, typer.Option(help="What it does, in one line.")] = "",
) -> None:
    """Add a member, or an observer that is only signposted to."""
    with _administration(context) as operator:
        added = new_organisation(
            operator,
            today=london_day(now_utc()),
            name=name,
            legal_name=legal_name,
            charity_number=charity_number or None,
            nation=nation,
            alliance_role=role,
            withdraw_phone=withdraw_phone,
            data_protection_contact=data_protection_contact,
            safeguarding_contact=safeguarding_contact,
            does=does,
        )
        _say(str(added))


@site.command("add")
def site_add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name of the place.")],
    org: OrgOption,
    nation: Annotated[str, typer.Option()] = Nation.ENGLAND.value,
    kind: Annotated[str, typer.Option(help="sci_centre, general_hospital …")] = SiteKind.GENERAL_HOSPITAL.value,
    *,
    again: Annotated[bool, typer.Option("--again", help="It is another place of the same name.")] = False,
) -> None:
    """Add a place where people are."""
    with _administration(context) as operator:
        _say(str(new_site(operator, org=as_id(org), again=again, name=name, nation=nation, kind=kind)))


@service.command("add")
def service_add(context: typer.Context, file: JsonFile, org: OrgOption) -> None:
    """Add what a member offers, from a file with the fields of a service."""
    with _administration(context) as operator:
        _say(str(new_service(operator, org=as_id(org), file=file)))


@agreement.command("add")
def agreement_add(context: typer.Context, file: JsonFile, org: OrgOption) -> None:
    """Add a signed paper, from a file with the fields of an agreement; a change is a new paper."""
    with _administration(context) as operator:
        _say(str(new_agreement(operator, org=as_id(org), file=file)))


@agreement.command("end")
def agreement_end(context: typer.Context, paper: str) -> None:
    """End a paper: today is its last day, and from tomorrow nothing flows by it."""
    with _administration(context) as operator:
        end_agreement(operator, as_id(paper), today=london_day(now_utc()))
        _say("Today is the agreement's last day; from tomorrow nothing flows by it.")


@user.command("add")
def user_add(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="The whole name; stays in the organisation.")],
    org: OrgOption,
    email: Annotated[str, typer.Option()],
    shown_name: Annotated[str, typer.Option(help="What partners see.")],
    role: Annotated[list[str], typer.Option(help="outreach_worker, coordinator …; may be given several times.")],
    at_site: Annotated[list[str] | None, typer.Option("--site", help="Id of a site they visit.")] = None,
    team: Annotated[list[str] | None, typer.Option(help="Intake team they belong to.")] = None,
    person: Annotated[str | None, typer.Option(help="For a volunteer mentor: id of the person they are.")] = None,
) -> None:
    """Add an account."""
    with _administration(context) as operator:
        added = new_user(
            operator,
            org=as_id(org),
            today=london_day(now_utc()),
            name=name,
            email=email,
            shown_name=shown_name,
            roles=role,
            sites=at_site or [],
            teams=team or [],
            person=None if person is None else str(as_id(person)),
        )
        _say(str(added))


@user.command("leave")
def user_leave(context: typer.Context, account: str, org: OrgOption) -> None:
    """End an account's roles on every laptop; what it wrote before counts, what comes later is kept aside."""
    with _administration(context) as operator:
        ended = operator.leave(as_id(org), as_id(account), today=london_day(now_utc()))
        _say(f"The account is closed; {ended} roles ended on laptops.")


@wording.command("publish")
def wording_publish(
    context: typer.Context,
    file: JsonFile,
    org: OrgOption,
    approved_by: Annotated[str, typer.Option(help="Who approved it, for every member named.")],
) -> None:
    """Publish a wording that every named member's data protection lead has approved."""
    with _administration(context) as operator:
        _say(str(new_wording(operator, org=as_id(org), file=file, approved_by=approved_by)))


@device.command("code")
def device_code(
    context: typer.Context,
    *,
    out: Annotated[Path, typer.Argument(help="File to write the enrolment slip to.")],
    org: OrgOption,
    account: Annotated[list[str], typer.Option("--user", help="Id of an account that works on it.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope it holds, such as site:<org>:<site>; none for a volunteer.")
    ] = None,
    recovery_key: Annotated[
        str, typer.Option(help="The custodians' public key; without one the laptop makes it.")
    ] = "",
) -> None:
    """Write the slip that enrols one laptop: works once, for ten minutes."""
    with _administration(context) as operator:
        public = as_recovery_key(recovery_key)
        slip = operator.device_code(as_id(org), [as_id(each) for each in account], scope or [], recovery_public=public)
        write_over(out, write_slip(slip))
        _say(f"The slip is in {out}. It works once, for ten minutes. Read this fingerprint out:")
        _say(operator.fingerprint)


@device.command("revoke")
def device_revoke(
    context: typer.Context,
    identifier: str,
    org: OrgOption,
    *,
    keep_records: Annotated[bool, typer.Option("--keep-records", help="Lock it for good; destroy nothing.")] = False,
    no_rescue: Annotated[bool, typer.Option("--no-rescue", help="Destroy what it had not sent, too.")] = False,
) -> None:
    """Order a lost laptop to give up its vault; it is refused from now on."""
    with _administration(context) as operator:
        operator.revoke(as_id(org), as_id(identifier), wipe=not keep_records, rescue=not no_rescue)
        what = "locks for good" if keep_records else "gives up its vault"
        _say(f"Ordered. It is refused from now on, and {what} at its next contact.")


@audit.command("extract")
def audit_extract(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="File to write the extract to.")],
    org: OrgOption,
) -> None:
    """Write the audit of a member's laptops for an outsider to check; it names nobody who is helped."""
    with _administration(context) as operator:
        asked = as_id(org)
        if asked not in operator.alliance().directory.organisations:
            raise NotFoundError("organisation.not_found")
        done = write_audit_extract(operator.service, OrganisationId(asked), out, now=now_utc())
        _say(f"{done.entries} entries of {done.chains} laptops are in {out}. Fingerprint of the key that signed them:")
        _say(operator.fingerprint)


@rescue.command("list")
def rescue_list(context: typer.Context, org: OrgOption) -> None:
    """Show which laptops of a member sent unsent work, sealed, and whether it was brought in."""
    with _administration(context) as operator:
        for each in kept_rescues(operator.service, as_id(org)):
            done = "not brought in" if each.imported_at is None else f"brought in {each.imported_at:%Y-%m-%d %H:%M} UTC"
            _say(f"{each.device}  received {each.received_at:%Y-%m-%d %H:%M} UTC  {each.size_bytes} bytes  {done}")


@rescue.command("import")
def rescue_import(
    context: typer.Context,
    org: OrgOption,
    *,
    identifier: Annotated[str | None, typer.Option("--device", help="Id of a laptop that sent it here.")] = None,
    file: Annotated[Path | None, typer.Option(help="A sealed file that was carried here.")] = None,
    part: Annotated[list[Path] | None, typer.Option(help="File with a custodian's part; give it twice.")] = None,
) -> None:
    """Open unsent work with two custodians' parts, and write it as its laptop would have; asks for the parts."""
    with _administration(context) as operator:
        if (identifier is None) == (file is None):
            raise ServiceError("rescue.which")
        one, other = _two_parts(part or [])
        if file is not None:
            done = import_sealed(operator.service, as_id(org), read_rescue(file), (one, other))
        else:
            done = import_kept(operator.service, as_id(org), as_id(identifier or ""), (one, other))
        for line in imported_words(done.results):
            _say(line)


@organisation.command("list")
def organisation_list(context: typer.Context) -> None:
    """Show members and observers, each with its id."""
    _list(context, lambda listing: listing.organisations())


@site.command("list")
def site_list(context: typer.Context, org: OneOrg = None) -> None:
    """Show places, each with its id."""
    _list(context, lambda listing: listing.sites(_one(org)))


@service.command("list")
def service_list(context: typer.Context, org: OneOrg = None) -> None:
    """Show what is offered, each with its id."""
    _list(context, lambda listing: listing.services(_one(org)))


@agreement.command("list")
def agreement_list(context: typer.Context, org: OneOrg = None) -> None:
    """Show papers, and where each stands today, each with its id."""
    _list(context, lambda listing: listing.agreements(_one(org)))


@user.command("list")
def user_list(context: typer.Context, org: OneOrg = None) -> None:
    """Show accounts, each with its id."""
    _list(context, lambda listing: listing.users(_one(org)))


@wording.command("list")
def wording_list(context: typer.Context, org: OneOrg = None) -> None:
    """Show wordings, and who approved them, each with its id."""
    _list(context, lambda listing: listing.wordings(_one(org)))


@device.command("list")
def device_list(context: typer.Context, org: OneOrg = None) -> None:
    """Show laptops, who works on them, and how far an order to give one up has come, each with its id."""
    _list(context, lambda listing: listing.devices(_one(org)))


@cli.command("figures")
def figures(
    context: typer.Context,
    org: OrgOption,
    whose: Annotated[Whose, typer.Option(help="Whose people: the member's own, or those of the alliance.")],
    period: Annotated[Period, typer.Option(help="Of when; the alliance is counted since the beginning alone.")] = (
        Period.ALL
    ),
) -> None:
    """Show what became of people and how mentoring goes, as one member may see it: small numbers are kept out."""
    _list(context, lambda listing: listing.figures(as_id(org), whose, period))


@cli.command("status")
def status(context: typer.Context) -> None:
    """Show members, laptops and how far behind they are; no personal data."""
    with _administration(context) as operator:
        for org, member in operator.alliance().directory.organisations.items():
            _say(f"{member.name}  {org}  {member.alliance_role}")
            for each in operator.device_status(org):
                lag = f"{each.lag} behind, {each.uncleaned} not yet cleaned"
                _say(f"    {each.device}  {each.status}  {seen_words(each)}  {lag}")
        _say(
            "Other ids: alongside-central site list, service list, agreement list, user list, wording list, device list"
        )


@cli.command("restore")
def restore(context: typer.Context) -> None:
    """Make a database that was put back from a backup safe: run it before "serve", while no service runs."""
    with _in_sentences():
        running = service_of(_settings(context))
        running.open()
        try:
            done = running.restore()
        finally:
            running.close()
        _say(
            f"{done.replayed.in_force} withdrawals hold again. {done.feeds} feeds have a new life:"
            " laptops compare and mend."
        )
        for op in done.replayed.refused:
            _say(f"This withdrawal was refused, and somebody has to look at it now: {op}")


@cli.command("seed")
def seed(
    context: typer.Context,
    demonstration: Annotated[bool, typer.Option(help="Approve the wordings, for a demonstration only.")] = False,
) -> None:
    """Load the shipped directory: organisations, services, sites and draft wordings."""
    with _administration(context) as operator:
        Seed(operator, today=london_day(now_utc())).directory(demonstration=demonstration)
        _say(f"{len(operator.alliance().records)} records are in the directory.")


def _list(context: typer.Context, wanted: Callable[[Listing], list[str]]) -> None:
    with _administration(context) as operator:
        for line in wanted(Listing(operator, today=london_day(now_utc()))):
            _say(line)


def _one(org: str | None) -> OrganisationId | None:
    return None if org is None else OrganisationId(as_id(org))


def _two_parts(files: list[Path]) -> tuple[Share, Share]:
    if files and len(files) != 2:
        raise ServiceError("rescue.two_parts")
    if files:
        return read_part(files[0]), read_part(files[1])
    # Hidden, and never an argument: arguments are seen by everybody on the machine and stay in histories.
    return part_of(typer.prompt("First part", hide_input=True)), part_of(typer.prompt("Second part", hide_input=True))


@contextmanager
def _administration(context: typer.Context) -> Iterator[Administration]:
    with _in_sentences():
        running = service_of(_settings(context))
        running.open()
        try:
            yield Administration(running)
        finally:
            running.close()


@contextmanager
def _in_sentences() -> Iterator[None]:
    """Say what went wrong in a sentence, and end with a code a script can read."""
    try:
        with in_words():
            yield
    except KnownError as error:
        sys.stderr.write(sentence_for(error) + "\n")
        typed = error.code in _TYPED_CODES or isinstance(error, BadInputError | NotFoundError)
        raise typer.Exit(EXIT_TYPED if typed else EXIT_REFUSED) from error


def _say_fingerprints(held: ServiceKeys) -> None:
    online, offline = (read_aloud(each) for each in held.fingerprints)
    _say(f"Read this fingerprint out when a laptop is set up:\n{online}")
    _say(f"Fingerprint of the key that is kept offline:\n{offline}")


def _settings(context: typer.Context) -> Settings:
    return read_settings(context.obj, os.environ)


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


def main() -> None:
    """Run the command."""
    cli()


if __name__ == "__main__":
    main()
