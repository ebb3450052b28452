"""A register of people and vehicles that do not exist, in the shape of a real export.

Nothing in it can meet a real person: phone numbers lie in the prefix 0810, which no carrier holds; landlines
begin with a zero behind the area code; identity numbers have the province 00; e-mail goes to `.example`; streets
and companies are called Contoh.
"""

from cakra.sandbox.register.generate import COLUMNS, generate
from cakra.sandbox.register.samples import Generated, Sample

__all__ = ["COLUMNS", "Generated", "Sample", "generate"]
