"""Ownership finds whose vehicle it was at the time of the offence, and how that person can be reached.

The register of vehicles and owners lives here: `register` imports it (headings are known by `columns`, files read by
`files`, rows judged by `rows`, sealed by `sealing`, brought together by `merging`, told by `report` and `summary`),
`lookup` answers for a set of plates and instants, `rules` holds what is pure.
"""
