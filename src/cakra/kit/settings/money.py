"""Settings of money, and of the synthetic notices that prove a channel is alive."""

from pathlib import Path

from pydantic import Field

from cakra.kit.settings.section import Section


class Costs(Section):
    """What messages cost; budgets are set with `cakra cost budget set`."""

    tariffs: Path | None = Field(
        None, description="Prices of our contracts (TOML as delivery/costs/tariffs.toml); empty: planning figures."
    )


class Canary(Section):
    """A synthetic notice to an address of our own; a channel without an address has none, letters never have one."""

    every_s: float = Field(300.0, ge=1, description="How often each sender of a channel sends one.")
    proof_within_s: float = Field(600.0, gt=0, description="Without proof of delivery after this an alarm is told.")
    whatsapp: str = Field("", description="Test number, +62…; empty: no canary on WhatsApp.")
    email: str = Field("", description="Test address; empty: no canary by e-mail.")
    sms: str = Field("", description="Test number, +62…; empty: no canary by SMS.")
