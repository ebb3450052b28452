"""Speed: what was measured, less the tolerance, against the limit and the camera's trigger.

The limit and the trigger (above which a site reports at all) are the camera's: limits by kind of road (PP 79/2013
art. 23(4) with PM 111/2015) were announced with other triggers. No published tolerance was found, so it is data, in
the driver's favour.
"""

from dataclasses import dataclass
from fractions import Fraction

from cakra.core.law.finding import LawFinding
from cakra.core.law.lawtext import read_document, refuse

_FASTEST_KMH = 350.0
"""No vehicle on a road is faster: what measures more is not a speed."""
FILE = "speed.toml"


@dataclass(frozen=True, slots=True)
class SpeedRules:
    """The tolerance: the greater of both figures is taken off."""

    tolerance_kmh: int
    tolerance_percent: int
    source: str

    @classmethod
    def parse(cls, text: str) -> "SpeedRules":
        """From the text of `speed.toml`; LawDataInvalid with every fault."""
        problems: list[str] = []
        rules = read_speed(text, problems)
        refuse(problems)
        return rules

    def corrected(self, measured_kmh: float) -> float:
        """The speed that is held against the driver: measured less tolerance, never below zero."""
        measured = Fraction(measured_kmh)
        off = max(Fraction(self.tolerance_kmh), measured * self.tolerance_percent / 100)
        return float(max(Fraction(0), measured - off))

    def judge(
        self,
        measured_kmh: float | None,
        *,
        limit_kmh: float | None,
        trigger_kmh: float | None = None,
        calibrated: bool,
    ) -> LawFinding:
        """Whether the limit was exceeded. `trigger_kmh` None: the site reports from the limit on."""
        if measured_kmh is None or not 0 <= measured_kmh <= _FASTEST_KMH:
            return LawFinding(None, "Kecepatan terukur tidak ada", "No usable speed was measured")
        if limit_kmh is None or not 0 < limit_kmh <= _FASTEST_KMH:
            return LawFinding(None, "Batas kecepatan di lokasi tidak diketahui", "The limit there is not known")
        if not calibrated:
            return LawFinding(None, "Kalibrasi alat tidak berlaku", "The device is not calibrated")
        held = self.corrected(measured_kmh)
        numbers = f"{measured_kmh:g} km/jam", f"{held:g} km/jam", f"{limit_kmh:g} km/jam"
        words_id = "terukur {}, setelah toleransi {}, batas {}".format(*numbers)
        words_en = "measured {}, after tolerance {}, limit {}".format(*numbers).replace("km/jam", "km/h")
        if trigger_kmh is not None and measured_kmh < trigger_kmh:
            below = f" ({trigger_kmh:g})"
            return LawFinding(
                False, f"Di bawah ambang kamera{below}: {words_id}", f"Below the camera's trigger{below}: {words_en}"
            )
        if held <= limit_kmh:
            return LawFinding(False, f"Tidak melebihi batas: {words_id}", f"Within the limit: {words_en}")
        return LawFinding(True, f"Melebihi batas: {words_id}", f"Over the limit: {words_en}")


def read_speed(text: str, problems: list[str]) -> SpeedRules:
    """Read the file and note every fault; the rules are only fit for use when there was none."""
    document = read_document(FILE, text, problems)
    rules = SpeedRules(
        tolerance_kmh=document.number("tolerance_kmh") or 0,
        tolerance_percent=document.number("tolerance_percent") or 0,
        source=document.text("tolerance_source"),
    )
    document.finish()
    return rules
