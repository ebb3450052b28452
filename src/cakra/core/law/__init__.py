"""The law as data: what is an offence on which day, what it costs, who is exempt, which road on which date.

Everything here is pure. The effective-dated files of `data/` are read once, by wiring (`kit.resources`), and come
in as text: `book.LawBook.parse(texts, …)` holds them all. `book.check_law(texts)` lists what is wrong in them.
"""
