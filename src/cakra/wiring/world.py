"""What one process stands on: settings, database, keys, law, photographs, templates."""

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cakra.core.errors import SetupError
from cakra.core.law.book import LAW_FILES, PACKAGE, LawBook
from cakra.core.law.offences import Offence
from cakra.core.law.zones.oddeven import OddEvenZone
from cakra.core.policy.editions import Editions, PolicyBook
from cakra.core.policy.kinds import ZONES
from cakra.core.ports import PhotoStore
from cakra.delivery.codes import CodeWords, parse_words
from cakra.delivery.codes.rules import LIVES
from cakra.journey.notice.rules import Template
from cakra.journey.notice.wordings import TEMPLATES
from cakra.journey.ownership.lookup import is_synthetic
from cakra.kit.clock import now
from cakra.kit.indonesian_holidays import indonesian_holidays
from cakra.kit.keyfile import keep_once
from cakra.kit.resources import read_package_text
from cakra.kit.seal import Sealer
from cakra.kit.settings import Settings, WhatsApp, WhatsAppNumber
from cakra.outside.loopback import require_loopback_host
from cakra.outside.photos import open_photo_store
from cakra.outside.sms import require_sms_on_loopback
from cakra.outside.whatsapp import (
    TemplateDefinition,
    WhatsAppAccount,
    register_templates,
    require_loopback,
)
from cakra.store.connect import create_pool
from cakra.store.db import Pool
from cakra.store.embedded import ensure_running
from cakra.store.upkeep.pooler import require_sessions
from cakra.wiring.policies import KINDS, check_packaged, kept_book, packaged_book

_KEY_BYTES = 32
_HOLIDAYS_BEFORE, _HOLIDAYS_AFTER = 2, 2
_PAPER_ZONE = ZoneInfo("Asia/Jakarta")


@dataclass(frozen=True)
class World:
    """What one process stands on."""

    settings: Settings
    url: str
    pool: Pool
    root_key: bytes
    law: LawBook
    photos: PhotoStore
    policies: PolicyBook = field(default_factory=packaged_book)

    def sealer(self, purpose: str) -> Sealer:
        """The sealer of one purpose: register, addressee, notice, provider, callback, camera, quarantine, answer."""
        return Sealer(self.root_key, purpose)


def database_url(settings: Settings) -> str:
    """The configured database, or the embedded server (started when it is not running)."""
    if settings.database.url:
        return settings.database.url
    return ensure_running(settings.database.folder.resolve()).url


def owner_url(settings: Settings) -> str:
    """The address by which the schema is changed: the owner's, where one is set apart."""
    return settings.database.owner_url or database_url(settings)


def root_key(settings: Settings) -> bytes:
    """The configured root key; beside an embedded database one is made and kept (0600) at first start."""
    if settings.keys.root:
        try:
            key = bytes.fromhex(settings.keys.root)
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise SetupError("CAKRA_KEYS__ROOT must be 64 hex characters; make one with `openssl rand -hex 32`.")
        return key
    if settings.database.url:
        raise SetupError(
            "A configured database needs a key: set CAKRA_KEYS__ROOT (`openssl rand -hex 32`) and keep a copy of it."
        )
    return _kept_key(root_key_file(settings))


def root_key_file(settings: Settings) -> Path:
    """Where the root key of an embedded database is kept."""
    return settings.database.folder.resolve().parent / "root.key"


def _kept_key(path: Path) -> bytes:
    if not path.exists():
        keep_once(path, secrets.token_hex(_KEY_BYTES))
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SetupError(f"{path} holds no key of 64 hex characters; put back the copy you kept of it.")
    return key


def law_book() -> LawBook:
    """The law files of the package, checked, with the holidays around now."""
    texts = {name: read_package_text(PACKAGE, name) for name in LAW_FILES}
    year = now().year
    holidays = indonesian_holidays(range(year - _HOLIDAYS_BEFORE, year + _HOLIDAYS_AFTER + 1))
    return LawBook.parse(
        texts,
        public_holidays=holidays.public,
        joint_leave=holidays.joint_leave,
        estimated=holidays.estimated,
    )


async def law_told(_settings: Settings) -> str:
    """For `cakra doctor`: how much law and policy the package brings; SetupError when it contradicts itself."""
    book = law_book()
    if problems := check_packaged(book, now().date()):
        raise SetupError(" ".join(problems))
    return f"{len(LAW_FILES)} files, {len(book.offences.codes)} offences, {len(KINDS)} kinds of policy"


@asynccontextmanager
async def open_world(settings: Settings, name: str, *, role: str | None = None) -> AsyncIterator[World]:
    """Everything one process needs; SetupError or StoreError with a sentence when something is missing.

    `role`: the database role that its connections take, where the database has it.
    """
    url = database_url(settings)
    await require_sessions(url, name=name)
    pool = await create_pool(url, min_size=2, max_size=settings.database.pool, name=name, role=role)
    try:
        async with kept_book(pool) as policies:
            yield World(
                settings,
                url,
                pool,
                root_key(settings),
                law_book(),
                open_photo_store(settings.photos.url),
                policies,
            )
    finally:
        await pool.close()


def whatsapp_numbers(told: WhatsApp) -> tuple[WhatsAppNumber, ...]:
    """Every official number, the main one first."""
    main = WhatsAppNumber(
        phone_number_id=told.phone_number_id, display_number=told.display_number, access_token=told.access_token
    )
    return (main, *told.more_numbers)


def whatsapp_accounts(settings: Settings) -> list[WhatsAppAccount]:
    """The sending numbers as the adapter knows them, the main one first; they share provider and business account."""
    told = settings.whatsapp
    return [
        WhatsAppAccount(
            base_url=told.base_url,
            api_version=told.api_version,
            phone_number_id=number.phone_number_id,
            access_token=number.access_token or told.access_token,
            display_number=number.display_number,
            timeout_s=told.timeout_s,
            max_connections=told.connections,
            business_account_id=told.account_id,
        )
        for number in whatsapp_numbers(told)
    ]


def templates_today(world: World) -> Sequence[Template]:
    """The wordings in force today."""
    return world.policies.nation(TEMPLATES, now())


def known_templates(editions: Editions) -> list[Template]:
    """The wordings of every edition, those that are past or still to come too, each once."""
    return list(dict.fromkeys(one for wordings in editions.contents(TEMPLATES) for one in wordings))


def template_definitions(world: World) -> list[TemplateDefinition]:
    """Each wording as the provider registers it: with and without a picture, host fixed to the portal's."""
    stamp = "CONTOH. " if world.settings.demo else ""
    return [
        TemplateDefinition(
            name=template.registered_name(with_picture=with_picture),
            language=template.language,
            body=stamp + template.body,
            footer=template.footer,
            header="IMAGE" if with_picture else "",
            button_text=template.button,
            button_url=f"{world.settings.portal.base_url}/k/{{{{1}}}}",
            quick_reply=template.quick_reply,
            examples=dict.fromkeys(template.variables, "CONTOH"),
        )
        for template in known_templates(world.policies.editions)
        for with_picture in ((True, False) if template.picture else (False,))
    ] + [
        TemplateDefinition(
            name=one.template,
            language=one.language,
            button_text=one.button,
            code_minutes=LIVES // timedelta(minutes=1),
        )
        for one in code_words().values()
    ]


def code_words() -> Mapping[str, CodeWords]:
    """Language → what carries a one-time code."""
    return parse_words(read_package_text("cakra.delivery.codes", "words.toml"))


async def require_safe_provider(world: World) -> None:
    """A synthetic register never meets a real provider; SetupError."""
    if world.settings.demo or await is_synthetic(world.pool):
        require_loopback(world.settings.whatsapp.base_url)
        if world.settings.email.host:
            require_loopback_host(world.settings.email.host)
        if world.settings.sms.enabled:
            require_sms_on_loopback(world.settings.sms)
        if world.settings.letter.enabled and world.settings.letter.host:
            require_loopback_host(world.settings.letter.host)


async def announce_templates(world: World) -> None:
    """Register the wordings with the provider (again is harmless)."""
    await require_safe_provider(world)
    await register_templates(whatsapp_accounts(world.settings)[0], template_definitions(world))


def offences_today(world: World) -> list[Offence]:
    """Every known offence as the law of today has it, in the order of the file; one that has ended, as it was last."""
    today = now().astimezone(_PAPER_ZONE).date()
    return [world.law.offences.nearest(code, today) for code in world.law.offences.codes]


def zones_today(world: World) -> tuple[OddEvenZone, ...]:
    """The odd-even zones of every jurisdiction, as the policy of today has them."""
    book, at = world.policies, now()
    found = ((code, book.at(ZONES, code, at).content) for code in book.zones)
    return tuple(zone for code, zones in found for zone in zones if zone.jurisdiction == code)


def offence_labels(world: World) -> Mapping[str, Mapping[str, str]]:
    """Language → offence code → words, as the law of today names them."""
    offences = offences_today(world)
    return {
        "id": {offence.code: offence.label_id for offence in offences},
        "en": {offence.code: offence.label_en for offence in offences},
    }
