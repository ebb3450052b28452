"""The print house: its account, and the SFTP drop behind it."""

from cakra.outside.letter.print_house.account import PrintHouse, TheirFile

__all__ = ["PrintHouse", "TheirFile"]
