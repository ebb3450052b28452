"""Names, addresses and mailboxes as a register's field holds them: what stands for nobody is nobody."""

import pytest

from cakra.core.errors import InputError
from cakra.core.tables.people import address_of, mail_of, name_of


@pytest.mark.parametrize("text", ["Budi", "王小明", "O'Neil", "PT. 123", "Null, Christopher", "T.A. Rahman", "M A"])
def test_a_name_stays_as_it_is_written(text):
    assert name_of(text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((text, "stands for no name") for text in ("", "NULL", "#REF!", "TANPA NAMA", "No Name", "N.N.", "DUMMY")),
        *((text, "no letter") for text in ("123", "081234567890")),
        *((text, "masked") for text in ("S*** A****", "B\u2022\u2022i")),
    ],
)
def test_what_is_no_name_says_why(text, why):
    with pytest.raises(InputError, match=why):
        name_of(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Jl. Contoh 7", "Jl. Contoh 7"),
        ("Jl. Contoh 7, NULL, -, Jakarta", "Jl. Contoh 7, Jakarta"),
        *(
            (text, "")
            for text in (
                *("", "-", "NULL, NULL", "N/A, N/A", "Jl.", "JL. NULL", "RT 000 RW 000", "RT -/RW -", "12345"),
                *("IDEM", "s.d.a.", "sesuai KTP", "sama dengan di atas"),
            )
        ),
    ],
)
def test_an_address_is_what_a_letter_can_go_to(text, address):
    assert address_of(text) == address


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        ("a@b.co.id", "a@b.co.id"),
        ("a'b@c.co", "a'b@c.co"),
        ("mailto:a@b.co", "a@b.co"),
        ("Budi S. <a@b.co>", "a@b.co"),
        ("a@b.co; d@e.co", "a@b.co"),
        ("a@b.co d@e.co", "a@b.co"),
        ("-; a@b.co", "a@b.co"),
        ("a@b.co.", "a@b.co"),
        ("'a@b.co' (istri)", None),
        ("a@b.co (istri)", "a@b.co"),
        *((text, None) for text in ("a b@c.id", "a,b@c.id", "a@@b.co", "a@b..co", "a@b", "a@gmail,com", "x@127.0.0.1")),
        *((text, None) for text in ("noemail@noemail.com", "tidak.ada@gmail.com", "xxx@xxx.xxx", "-@-.-", "")),
    ],
)
def test_a_mailbox_is_whole_and_the_first(text, mail):
    assert mail_of(text) == mail
