"""Tables that people, spreadsheets and databases hand us, and the ones we hand out. Pure.

`encoding`: which letters a file's bytes are; `records`: its rows; `headings`: which column is which; `values`: what
stands in one field once a spreadsheet has been at it; `writing`: CSV in which no formula comes alive.
"""
