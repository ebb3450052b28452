"""Where the simulated cameras stand. The demo registers each with a key of its own."""

from dataclasses import dataclass

from cakra.sandbox.cameras.drawing.road import Place
from cakra.sandbox.cameras.passage import View


@dataclass(frozen=True, slots=True)
class Site:
    """One camera: its code, what it looks at, and the offences it is approved for."""

    code: str
    road: str
    place: Place
    offences: tuple[str, ...]
    view: View = "front"
    speed_limit_kmh: int | None = None


SITES: tuple[Site, ...] = (
    Site("JKT-THM-01", "Jl. M.H. Thamrin", "avenue", ("GANJIL_GENAP", "TANPA_SABUK", "PONSEL")),
    Site("JKT-SDM-02", "Jl. Jenderal Sudirman", "avenue", ("GANJIL_GENAP", "TANPA_SABUK", "PONSEL")),
    Site("JKT-GTS-03", "Jl. Gatot Subroto", "marking", ("MARKA_RAMBU",)),
    Site("JKT-TOL-04", "Tol Dalam Kota KM 5", "toll", ("BATAS_KECEPATAN",), speed_limit_kmh=80),
    Site("JKT-TOL-05", "Tol Dalam Kota KM 5", "toll", ("BATAS_KECEPATAN",), "rear", 80),
    Site("JKT-HRM-06", "Jl. Gajah Mada", "junction", ("LAMPU_MERAH",), "rear"),
    Site("JKT-PRM-07", "Jl. Pramuka", "oneway", ("LAWAN_ARUS",)),
    Site("JKT-FTM-08", "Jl. Fatmawati", "street", ("TANPA_HELM", "TANPA_HELM_PENUMPANG", "BONCENGAN", "PONSEL")),
    Site("JKT-MPG-09", "Jl. Mampang Prapatan", "busway", ("BUSWAY",)),
)
BY_CODE = {site.code: site for site in SITES}


def site_for(offence: str, turn: int = 0) -> Site:
    """A camera approved for an offence; ``turn`` goes round where there are several. ValueError if none is."""
    fitting = [site for site in SITES if offence in site.offences]
    if not fitting:
        raise ValueError(f"No simulated camera is approved for {offence}; add it to SITES.")
    return fitting[turn % len(fitting)]
