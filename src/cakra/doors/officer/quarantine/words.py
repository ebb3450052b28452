"""What doors and refusals are called on the page; a code without words is shown as it is."""

from cakra.doors.words import N_

DOORS = {
    "events": N_("Kejadian bertanda tangan"),
    "hikvision_isapi": N_("Kamera Hikvision (push)"),
    "hikvision_ftp": N_("Kamera Hikvision (berkas FTP)"),
    "callbacks:whatsapp": N_("Tanda terima WhatsApp"),
    "callbacks:sms:smpp": N_("Tanda terima SMS"),
    "callbacks:sms:infobip": N_("Tanda terima SMS"),
    "bounces": N_("Surel yang kembali"),
    "inbound:whatsapp": N_("Pesan masuk WhatsApp"),
}
CODES = {
    "offence_unmapped": N_("Pelanggaran tidak ada di peta kamera"),
    "no_offence": N_("Catatan tanpa pelanggaran"),
    "photo_missing": N_("Tanpa foto"),
    "picture_unreadable": N_("Foto rusak"),
    "picture_not_jpeg_or_png": N_("Bukan foto JPEG atau PNG"),
    "picture_contested": N_("Tidak jelas foto milik catatan mana"),
    "xml_unreadable": N_("Catatan tidak terbaca"),
    "xml_unknown": N_("Catatan jenis lain"),
    "multipart_truncated": N_("Kiriman terpotong"),
    "multipart_unreadable": N_("Kiriman tidak terbaca"),
    "event_invalid": N_("Kejadian tidak sesuai skema"),
    "event_in_future": N_("Waktu kejadian di masa depan"),
    "event_unstorable": N_("Isi tidak dapat disimpan"),
    "offence_unknown": N_("Pelanggaran tidak dikenal"),
    "conflict": N_("Nomor sama, isi berbeda"),
    "camera_unknown": N_("Kamera tidak dikenal"),
    "unauthentic": N_("Pengirim tidak dikenal"),
    "too_large": N_("Terlalu besar"),
    "awaiting_pictures": N_("Menunggu fotonya"),
    "set_aside": N_("Gagal diolah mesin beberapa kali"),
    "internal": N_("Gagal dibaca di pihak kami"),
}
OUTCOMES = {
    "opened": N_("Berkas baru dibuka."),
    "same_offence": N_("Bergabung dengan berkas yang sudah ada."),
    "other_offence": N_("Pelanggaran ditambahkan pada berkas yang ada."),
    "repeated": N_("Kejadian ini sudah diterima sebelumnya."),
    "noted": N_("Ini bukan kejadian: tidak ada yang dicatat."),
    "handed_back": N_("Diserahkan kembali kepada mesin."),
}
