"""What the simulated mail server is told."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cakra.kit.errors import InputError, SetupError


@dataclass(frozen=True, slots=True)
class MailFaults:
    """What goes wrong; shares 0–1 of the messages."""

    delay_ms: float = 0.0
    share_refused: float = 0.0  # 550 5.1.1 at RCPT: no such person
    share_later: float = 0.0  # 451 4.3.0 at RCPT
    share_lost: float = 0.0  # taken, but the connection ends before the answer
    share_bounced: float = 0.0  # taken, and returned a moment later
    seed: int = 0

    def changed(self, told: Mapping[str, Any]) -> "MailFaults":
        """With some switches turned; InputError names an unknown one."""
        known = {each.name for each in dataclasses.fields(self)}
        if unknown := set(told) - known:
            raise InputError(f"The mail sandbox has no fault {', '.join(sorted(unknown))}.")
        return dataclasses.replace(self, **told)


@dataclass(frozen=True, slots=True)
class SandboxMailSettings:
    """`bounce_folder`: a Maildir that gets the bounces; None: what would bounce is only taken."""

    log_path: Path
    port: int = 0
    bounce_folder: Path | None = None
    faults: MailFaults = field(default_factory=MailFaults)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "SandboxMailSettings":
        """From a JSON object; SetupError names what is missing or unknown."""
        try:
            bounces = document.get("bounce_folder")
            return cls(
                Path(document["log_path"]),
                int(document.get("port", 0)),
                Path(bounces) if bounces else None,
                MailFaults().changed(document.get("faults", {})),
            )
        except (KeyError, TypeError, ValueError, InputError) as reason:
            raise SetupError(f"The mail sandbox's settings are not complete: {reason}.") from reason
