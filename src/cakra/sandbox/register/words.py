"""Words the synthetic register is made of: common names, invented streets and companies, real makes of vehicles."""

from cakra.core.law.vehicle import VehicleKind

GIVEN_NAMES = (
    "Agus", "Ahmad", "Andi", "Anisa", "Arif", "Ayu", "Bagus", "Bambang", "Bayu", "Budi", "Citra", "Dedi", "Dewi",
    "Dian", "Dimas", "Eka", "Eko", "Endang", "Fajar", "Fitri", "Galih", "Gita", "Hadi", "Hana", "Hendra", "Heru",
    "Ika", "Indah", "Indra", "Intan", "Irfan", "Iwan", "Joko", "Kartika", "Kurnia", "Lestari", "Lina", "Made",
    "Maya", "Mega", "Nia", "Ningsih", "Novi", "Nur", "Putri", "Putu", "Rahmat", "Ratna", "Rina", "Rizky", "Rudi",
    "Sari", "Sinta", "Siti", "Slamet", "Sri", "Taufik", "Teguh", "Tri", "Tuti", "Udin", "Wahyu", "Wati", "Wayan",
    "Yanti", "Yoga", "Yudi", "Yulia", "Yusuf", "Zainal",
)  # fmt: skip
FAMILY_NAMES = (
    "Anggraini", "Budiman", "Cahyono", "Damanik", "Fauzi", "Firmansyah", "Gunawan", "Hakim", "Halim", "Handayani",
    "Harahap", "Hasibuan", "Hidayat", "Irawan", "Iskandar", "Kusuma", "Lubis", "Maharani", "Mahendra", "Mulyadi",
    "Nasution", "Nugraha", "Nugroho", "Oktaviani", "Pangestu", "Permana", "Pradana", "Prasetyo", "Pratama",
    "Purnomo", "Puspita", "Rahardjo", "Rahayu", "Ramadhan", "Saputra", "Santoso", "Setiawan", "Siahaan", "Simanjuntak",
    "Siregar", "Subekti", "Suharto", "Sulistyo", "Suryadi", "Susanto", "Sutrisno", "Tanjung", "Utami", "Wibowo",
    "Wicaksono", "Widodo", "Wijaya", "Wulandari", "Yuliani",
)  # fmt: skip
STREETS = (
    "Anggrek", "Bougenville", "Cempaka", "Dahlia", "Flamboyan", "Kamboja", "Kenanga", "Lavender", "Mawar", "Melati",
    "Nusa Indah", "Sakura", "Seruni", "Tanjung", "Teratai", "Tulip",
)  # fmt: skip
DISTRICTS = (
    "Jakarta Barat", "Jakarta Pusat", "Jakarta Selatan", "Jakarta Timur", "Jakarta Utara", "Kota Bekasi",
    "Kota Depok", "Kota Tangerang", "Kota Tangerang Selatan",
)  # fmt: skip
COMPANY_WORDS = (
    "Abadi", "Armada", "Bahari", "Bersama", "Cahaya", "Gemilang", "Jaya", "Karya", "Lestari", "Makmur", "Mandiri",
    "Maju", "Nusantara", "Perkasa", "Prima", "Sejahtera", "Sentosa", "Trans", "Utama",
)  # fmt: skip
COLOURS = (
    "HITAM", "PUTIH", "HITAM", "PUTIH", "SILVER", "ABU-ABU", "MERAH", "BIRU", "COKELAT", "KUNING", "HIJAU",
)  # fmt: skip
FIRST_LETTERS = "BPSTUEZKFCVWNGJ"
CAR_SECOND_LETTERS = "AFJVKLY"
BRANDS = {
    (VehicleKind.CAR, False): (
        ("TOYOTA", "AVANZA"), ("TOYOTA", "INNOVA"), ("DAIHATSU", "XENIA"), ("DAIHATSU", "SIGRA"), ("HONDA", "BRIO"),
        ("HONDA", "HR-V"), ("SUZUKI", "ERTIGA"), ("MITSUBISHI", "XPANDER"), ("NISSAN", "LIVINA"),
    ),
    (VehicleKind.CAR, True): (
        ("WULING", "AIR EV"), ("HYUNDAI", "IONIQ 5"), ("BYD", "ATTO 3"), ("CHERY", "OMODA E5"),
    ),
    (VehicleKind.MOTORCYCLE, False): (
        ("HONDA", "BEAT"), ("HONDA", "VARIO"), ("HONDA", "SCOOPY"), ("YAMAHA", "NMAX"), ("YAMAHA", "MIO"),
        ("SUZUKI", "NEX II"), ("KAWASAKI", "W175"),
    ),
    (VehicleKind.MOTORCYCLE, True): (("ALVA", "ONE"), ("GESITS", "RAYA"), ("POLYTRON", "FOX-R")),
    (VehicleKind.BUS, False): (("HINO", "RK8"), ("MERCEDES-BENZ", "OH 1626"), ("ISUZU", "ELF")),
    (VehicleKind.BUS, True): (("BYD", "K9"), ("SKYWELL", "NJL6126")),
    (VehicleKind.TRUCK, False): (
        ("MITSUBISHI FUSO", "CANTER"), ("HINO", "DUTRO"), ("ISUZU", "GIGA"), ("TOYOTA", "DYNA"),
    ),
}  # fmt: skip
