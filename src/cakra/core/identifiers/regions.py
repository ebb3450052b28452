"""The sixty region codes of Indonesian plates: data, read by `cakra.core.identifiers.plate`.

Source: Perpol 7/2021, appendix A, with the codes of the Papua provinces added in 2024. `police` is the
regional police the plate is registered with; the Papua rows are still being settled between Polda.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Region:
    """One region code: the area whose vehicles carry it and the regional police that registers them."""

    code: str
    area: str
    police: str


_ROWS: tuple[tuple[str, str, str], ...] = (
    ("A", "Banten", "Polda Banten"),
    (
        "B",
        "Jakarta, Depok, Kota/Kab Bekasi, Kota Tangerang, Tangsel, sebagian Kab Tangerang",
        "Polda Metro Jaya",
    ),
    ("D", "Bandung Raya", "Polda Jabar"),
    ("E", "Cirebon, Indramayu, Majalengka, Kuningan", "Polda Jabar"),
    ("F", "Bogor, Cianjur, Sukabumi", "Polda Jabar"),
    ("T", "Purwakarta, Karawang, Subang", "Polda Jabar"),
    ("Z", "Garut, Tasikmalaya, Sumedang, Ciamis, Banjar, Pangandaran", "Polda Jabar"),
    ("G", "Pekalongan, Tegal, Brebes, Batang, Pemalang", "Polda Jateng"),
    ("H", "Semarang, Salatiga, Kendal, Demak", "Polda Jateng"),
    ("K", "Pati, Kudus, Jepara, Rembang, Blora, Grobogan", "Polda Jateng"),
    ("R", "Banyumas, Cilacap, Purbalingga, Banjarnegara", "Polda Jateng"),
    ("AA", "Kedu: Magelang, Purworejo, Kebumen, Temanggung, Wonosobo", "Polda Jateng"),
    ("AD", "Surakarta Raya", "Polda Jateng"),
    ("AB", "DI Yogyakarta", "Polda DIY"),
    ("L", "Surabaya", "Polda Jatim"),
    ("M", "Madura", "Polda Jatim"),
    ("N", "Malang, Probolinggo, Pasuruan, Lumajang, Batu", "Polda Jatim"),
    ("P", "Besuki: Jember, Bondowoso, Situbondo, Banyuwangi", "Polda Jatim"),
    ("S", "Bojonegoro, Tuban, Lamongan, Jombang, Mojokerto", "Polda Jatim"),
    ("W", "Gresik, Sidoarjo", "Polda Jatim"),
    ("AE", "Madiun, Ngawi, Magetan, Ponorogo, Pacitan", "Polda Jatim"),
    ("AG", "Kediri, Blitar, Tulungagung, Nganjuk, Trenggalek", "Polda Jatim"),
    ("BL", "Aceh", "Polda Aceh"),
    ("BK", "Sumatera Utara (timur)", "Polda Sumut"),
    ("BB", "Sumatera Utara (barat/Tapanuli)", "Polda Sumut"),
    ("BA", "Sumatera Barat", "Polda Sumbar"),
    ("BM", "Riau", "Polda Riau"),
    ("BP", "Kepulauan Riau", "Polda Kepri"),
    ("BH", "Jambi", "Polda Jambi"),
    ("BD", "Bengkulu", "Polda Bengkulu"),
    ("BG", "Sumatera Selatan", "Polda Sumsel"),
    ("BN", "Kep. Bangka Belitung", "Polda Babel"),
    ("BE", "Lampung", "Polda Lampung"),
    ("DK", "Bali", "Polda Bali"),
    ("DR", "Lombok", "Polda NTB"),
    ("EA", "Sumbawa", "Polda NTB"),
    ("DH", "Timor", "Polda NTT"),
    ("EB", "Flores", "Polda NTT"),
    ("ED", "Sumba", "Polda NTT"),
    ("KB", "Kalimantan Barat", "Polda Kalbar"),
    ("KH", "Kalimantan Tengah", "Polda Kalteng"),
    ("DA", "Kalimantan Selatan", "Polda Kalsel"),
    ("KT", "Kalimantan Timur", "Polda Kaltim"),
    ("KU", "Kalimantan Utara", "Polda Kaltara"),
    ("DB", "Sulawesi Utara (daratan)", "Polda Sulut"),
    ("DL", "Sangihe, Talaud, Sitaro", "Polda Sulut"),
    ("DM", "Gorontalo", "Polda Gorontalo"),
    ("DN", "Sulawesi Tengah", "Polda Sulteng"),
    ("DT", "Sulawesi Tenggara", "Polda Sultra"),
    ("DD", "Makassar dan sekitarnya", "Polda Sulsel"),
    ("DP", "Parepare, Barru, Sidrap, Pinrang, Enrekang, Toraja, Palopo, Luwu", "Polda Sulsel"),
    ("DW", "Bone, Soppeng, Wajo, Sinjai", "Polda Sulsel"),
    ("DC", "Sulawesi Barat", "Polda Sulbar"),
    ("DE", "Maluku", "Polda Maluku"),
    ("DG", "Maluku Utara", "Polda Maluku Utara"),
    ("PA", "Papua dan Papua Pegunungan", "Polda Papua"),
    ("PB", "Papua Barat", "Polda Papua Barat"),
    ("PS", "Papua Selatan", "Polda Papua"),
    ("PT", "Papua Tengah", "Polda Papua"),
    ("PY", "Papua Barat Daya", "Polda Papua Barat Daya"),
)

REGIONS: Mapping[str, Region] = MappingProxyType({code: Region(code, area, police) for code, area, police in _ROWS})
