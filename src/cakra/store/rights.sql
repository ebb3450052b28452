-- name: grants_of
-- Of an active officer: in force at $2, or to come.
select g.role, g.jurisdiction, g.valid_from, g.valid_to from officer_grant g
join officer o on o.username = g.username
where g.username = $1 and o.active and (g.valid_to is null or g.valid_to > $2)
order by g.valid_from, g.grant_id

-- name: note_refusal
-- The name only of an officer there is: people type a password where the name belongs.
insert into staff_refusal (refusal_id, at, what, username, caller, asked, act, jurisdiction)
values ($1, $2, $3, (select o.username from officer o where o.username = $4::text), $5, $6, $7, $8)

-- name: refusals
-- $2: in these offices, or of their officers; null: all. Identifiers are ordered by time.
select r.refusal_id, r.at, r.what, r.username, r.asked, r.act, r.jurisdiction from staff_refusal r
where $2::text[] is null or r.jurisdiction = any($2)
    or r.username in (select g.username from officer_grant g where g.jurisdiction = any($2))
order by r.refusal_id desc
limit $1

-- name: note_access
-- Every read of personal data: who, which case, what, why.
insert into staff_access (access_id, at, username, cell, case_id, what, reason)
select access_id, $2, $3, cell, case_id, $6, $7
from unnest($1::bigint[], $4::smallint[], $5::bigint[]) as w(access_id, cell, case_id)
