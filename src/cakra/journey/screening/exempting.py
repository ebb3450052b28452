"""The registry of exemptions: entering one on a document, and seeing them."""

from cakra.core.errors import InputError
from cakra.core.identifiers.plate import parse_plate
from cakra.core.law.exemptions import Exemption, ExemptionRules
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.screening")
_log = get_logger(__name__)


async def add_exemption(pool: Pool, rules: ExemptionRules, entry: Exemption) -> int:
    """Enter one exemption and return its id; InputError names everything that speaks against it."""
    if parse_plate(entry.plate).text != entry.plate:
        raise InputError(f"The plate {entry.plate} is not in its canonical spelling; read it with parse_plate.")
    if problems := rules.problems(entry):
        raise InputError(f"The exemption cannot be entered: {'; '.join(problems)}.")
    exemption = new_id()
    await pool.execute(
        SQL.add_exemption,
        exemption,
        entry.plate,
        entry.basis,
        sorted(entry.offences),
        entry.valid_from,
        entry.valid_to,
        entry.document.strip(),
        entry.approver.strip(),
        entry.duty_proof_required,
    )
    _log.info("exemption_added", exemption=exemption, basis=entry.basis)
    return exemption


async def list_exemptions(pool: Pool, plate: str | None = None) -> list[Exemption]:
    """All entries by plate and beginning, or those of one plate (canonical)."""
    rows = await pool.fetch(SQL.exemption_lines, plate)
    return [Exemption(**{**dict(row), "offences": frozenset(row["offences"])}) for row in rows]
