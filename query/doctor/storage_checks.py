"""The checks of storage: what the app may do there. Nothing that it keeps or works on is touched."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from query.doctor.advice import ServiceAccess
from query.doctor.checks import Check, Finding
from shared.access.in_force import rules_in_force
from shared.catalogue.in_force import catalogue
from shared.services import Services
from shared.settings import Settings
from shared.storage import Storage

LIMIT = 30.0  # seconds; with retries, as long as the SDK tries at a server that refuses connections
PROBE = b"written by python -m query doctor, and deleted again"
WRONG_KEY = "it may have been renewed, or the account allows no keys, or not this network"


def storage_checks(services: Services) -> list[Check]:
    """The checks of blobs and queues."""
    blobs = _access(services.settings, "PhotoStorage__blobServiceUri", "Storage Blob Data Owner")
    queues = _access(services.settings, "PhotoStorage__queueServiceUri", "Storage Queue Data Contributor")
    host = replace(queues, address="AzureWebJobsStorage", key="AzureWebJobsStorage")
    return [
        Check("storage", ("containers",), partial(check_containers, services), blobs, LIMIT),
        Check("storage", ("originals",), partial(check_originals, services.storage), blobs, LIMIT),
        Check("storage", ("catalogue",), partial(check_catalogue, services), blobs, LIMIT),
        Check("storage", ("visibility",), partial(check_visibility, services), blobs, LIMIT),
        Check("storage", ("pictures",), partial(check_pictures, services.storage), blobs, LIMIT),
        Check("storage", ("links",), partial(check_links, services), blobs, LIMIT),
        Check("storage", ("reconcile",), partial(check_reconcile, services), blobs, LIMIT),
        Check("queues", ("queues",), partial(check_queues, services), queues, LIMIT),
        Check("queues", ("messages",), partial(check_messages, services), queues, LIMIT),
        Check("queues", ("host's queues",), partial(check_host_queues, services), host, LIMIT),
    ]


def _access(settings: Settings, address: str, role: str) -> ServiceAccess:
    by_key = settings.photo_storage is not None
    return ServiceAccess(
        address="PhotoStorage" if by_key else address,
        key="PhotoStorage",
        has_key=by_key,
        role=role,
        wrong_key=WRONG_KEY,
        quota="the account is asked too often: run it again later",
    )


async def check_containers(services: Services) -> list[Finding]:
    """The containers exist, or are created, as the app itself does on first use."""
    stores = (
        services.storage,
        services.failures,
        services.spending,
        services.descriptions,
        services.limitations,
        services.edits,
        services.trash,
    )
    await asyncio.gather(*(each.check() for each in stores))
    if services.settings.checks_keys:
        await services.api_keys.all()
    return [Finding("they are there")]


async def check_originals(storage: Storage) -> list[Finding]:
    """
    Originals can be listed and deleted; a right is tried on a name that no blob has.

    Nothing is written: every new blob would be taken for a photo.
    """
    await storage.list_some("", most=1)
    await storage.delete(f"doctor-{uuid4().hex}")
    return [Finding("may be listed and deleted; nothing was written, as it would be taken for a photo")]


async def check_catalogue(services: Services) -> list[Finding]:
    """The definitions of the library's own fields can be used, if there are any."""
    await services.catalogue.check()
    if fault := services.catalogue.fault:
        return [Finding(fault, "missing", "mend it; `python -m catalogue fields set FILE` checks a file and stores it")]
    if fault := services.catalogue.vocabulary.fault:
        return [Finding(fault, "missing", "mend it; `python -m catalogue vocabulary import FILE` stores another")]
    count = len(catalogue().fields)
    if not count:
        return [Finding(f"there is no {services.catalogue.address}: the library has no fields of its own")]
    return [Finding(f"{count} fields of the library's own are in force")]


async def check_visibility(services: Services) -> list[Finding]:
    """The rules of who sees which photos can be used, if there are any."""
    access = services.catalogue.access
    await services.catalogue.check()
    if access.fault:
        return [Finding(access.fault, "missing", "mend it: on the page (status, Who sees which photos) or in the file")]
    in_force = rules_in_force()
    if not in_force.hide:
        return [Finding("there are no rules: everybody who is let in sees every photo")]
    late = "; documents still follow earlier ones, and until they do not, what either hides is hidden"
    count = len(in_force.rules.rules)
    return [Finding(f"{count} {'rule is' if count == 1 else 'rules are'} in force{late if in_force.earlier else ''}")]


async def check_pictures(storage: Storage) -> list[Finding]:
    """A picture can be written beside those of photos, read and deleted."""
    name = f"doctor-{uuid4().hex}"
    await storage.write_pictures(name, preview=PROBE, thumbnail=PROBE)
    try:
        if await storage.read_preview(name) != PROBE:
            return [Finding("a blob came back with other bytes", "missing", "look for what changes blobs there")]
    finally:
        await storage.delete_pictures(name)
    return [Finding("a blob was written, read and deleted")]


async def check_links(services: Services) -> list[Finding]:
    """A link can be signed, for which an identity needs a user delegation key; or the app's own secret can be read."""
    if services.settings.pictures == "proxy":
        await services.link_secrets.check()
        await services.link_secrets.accepted()
        return [Finding("pictures pass through the app, which signs their addresses with a secret of its own")]
    await services.storage.picture_link("doctor", "preview", minutes=services.settings.link_minutes)
    if services.settings.photo_storage is not None:
        return [Finding("signed with the account's key")]
    return [Finding("signed with a user delegation key")]


async def check_reconcile(services: Services) -> list[Finding]:
    """Container and index were compared not long ago."""
    record = await services.rounds.read()
    if late := record.warning(datetime.now(UTC)):
        fault, _, advice = late.partition(": ")
        return [Finding(fault, "worked round", advice)]
    going_on = f"; they are being compared since {record.current.began_at}" if record.current else ""
    if not record.ended_at:
        return [Finding(f"container and index have not been compared as a whole yet{going_on}")]
    return [Finding(f"container and index were last compared until {record.ended_at}{going_on}")]


async def check_queues(services: Services) -> list[Finding]:
    """The queues exist, or are created, and can be peeked into."""
    queues = (services.tickets, services.upload_tickets, services.refresh_tickets)
    await asyncio.gather(*(each.check() for each in queues))
    await asyncio.gather(*(each.any_due() for each in queues))
    return [Finding("they are there, and may be read")]


async def check_messages(services: Services) -> list[Finding]:
    """A message can be sent, received and deleted, in a queue of the doctor's own."""
    await services.queue_probe.run()
    return [Finding("a message was sent, received and deleted, in a queue made for it")]


async def check_host_queues(services: Services) -> list[Finding]:
    """The queues of the Functions host can be read, by which reconcile knows what is on its way."""
    settings = services.settings
    if settings.host_storage is None and settings.host_queue_url is None:
        return [Finding("no setting names the host's account: reconcile leaves photos of the last hour alone")]
    if await services.host_queues.count() is None:
        advice = "check AzureWebJobsStorage, or give the app's identity the role Storage Queue Data Reader there"
        detail = "they cannot be read: reconcile leaves photos of the last hour alone"
        return [Finding(detail, "worked round", advice)]
    return [Finding("they may be read")]
