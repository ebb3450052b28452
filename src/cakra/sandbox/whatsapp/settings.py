"""What a simulated provider is told at start, and the faults it can be told to show."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cakra.kit.errors import InputError, SetupError


@dataclass(frozen=True, slots=True)
class Faults:
    """Misbehaviour, drawn from one seeded generator; shares are 0–1, times in seconds or milliseconds.

    A lost answer is a message that was accepted before the connection was dropped; a hung one was
    accepted and is never answered. `answer_code` refuses every send with that provider code,
    `media_code` every upload.
    """

    delay_ms: float = 0.0
    share_429: float = 0.0
    share_5xx: float = 0.0
    share_lost: float = 0.0
    share_hung: float = 0.0
    share_held: float = 0.0
    share_absent: float = 0.0
    answer_code: int | None = None
    media_code: int | None = None
    share_duplicate_webhooks: float = 0.0
    share_late_webhooks: float = 0.0
    late_s: float = 5.0
    share_reordered_webhooks: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is None and each.name.endswith("_code"):
                continue
            if not number or value < 0 or (each.name.startswith("share_") and value > 1):
                raise InputError(f"Fault {each.name!r} has the value {value!r}: shares are 0 to 1, times ≥ 0.")

    def changed(self, changes: Mapping[str, Any]) -> "Faults":
        """These faults with some changed; InputError names an unknown one."""
        unknown = set(changes) - {each.name for each in dataclasses.fields(self)}
        if unknown:
            raise InputError(f"No such fault: {', '.join(sorted(unknown))}.")
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, slots=True)
class SandboxWhatsAppSettings:
    """One simulated provider. Port 0 lets the system choose; it listens on 127.0.0.1 only.

    `absent_suffixes`: numbers that end so have no WhatsApp (131026), told late by a failed receipt as
    the provider does (`absent_as="receipt"`) or at once by a refusal (`"answer"`). `read_after_s` None:
    a message is read when the owner's phone page is opened. `templates` are known from the start, in the
    flat form (name, language, body, footer, header, button_text, button_url, quick_reply). `hidden_suffixes`: people
    whose number we are never told, only an id.
    """

    port: int
    app_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    webhook_url: str | None
    log_path: Path
    phone_number_id: str = ""  # "": any number's id is known
    display_number: str = "+62 811-0000-0000"
    display_name: str = "ETLE CONTOH"
    business_account_id: str = "100000000000001"
    templates: tuple[Mapping[str, str], ...] = ()
    absent_suffixes: tuple[str, ...] = ()
    hidden_suffixes: tuple[str, ...] = ()
    absent_as: str = "receipt"
    sent_after_s: float = 0.05
    delivered_after_s: float = 0.5
    read_after_s: float | None = None
    held_for_s: float = 5.0
    webhook_batch: int = 200
    retry_webhooks_for_s: float = 3600.0
    fsync: bool = False
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        if self.absent_as not in {"receipt", "answer"}:
            raise SetupError(f"absent_as is {self.absent_as!r}; it must be 'receipt' or 'answer'.")

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "SandboxWhatsAppSettings":
        """From a JSON object; SetupError names what is missing or unknown."""
        known = {each.name for each in dataclasses.fields(cls)}
        if unknown := set(document) - known:
            raise SetupError(f"The WhatsApp sandbox has no setting {', '.join(sorted(unknown))}.")
        given = dict(document)
        try:
            given["log_path"] = Path(given["log_path"])
            given["faults"] = Faults().changed(given.get("faults", {}))
            for name in ("templates", "absent_suffixes", "hidden_suffixes"):
                given[name] = tuple(given.get(name, ()))
            return cls(**given)
        except (KeyError, TypeError, InputError) as reason:
            raise SetupError(f"The WhatsApp sandbox's settings are not complete: {reason}.") from reason
