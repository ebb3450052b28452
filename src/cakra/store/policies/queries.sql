-- name: version
-- Changes with every approval (none is ever taken back) and with every jurisdiction.
select (select count(*) || ' ' || coalesce(max(approved_at)::text, '') from policy where approved_at is not null) as approved,
    (select coalesce(jsonb_object_agg(code, zone), '{}') from jurisdiction) as zones

-- name: approved
select kind, jurisdiction, edition as number, valid_from, content as text from policy where approved_at is not null

-- name: written
-- Editions and drafts, of one kind ($1) or of all.
select kind, jurisdiction, edition, valid_from, drafted_by, drafted_at, approved_by, approved_at
from policy
where $1::text is null or kind = $1
order by kind, jurisdiction, edition

-- name: find_written
select kind, jurisdiction, edition, valid_from, content, drafted_by, drafted_at, approved_by, approved_at
from policy
where kind = $1 and jurisdiction = $2 and edition = $3

-- name: lock_policy
-- Whoever else drafts or approves waits.
lock table policy in share row exclusive mode

-- name: next_edition
select coalesce(max(edition), 0) + 1 from policy where kind = $1 and jurisdiction = $2

-- name: add_draft
insert into policy (kind, jurisdiction, edition, valid_from, content, drafted_by, drafted_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: approve
update policy set approved_by = $4, approved_at = $5
where kind = $1 and jurisdiction = $2 and edition = $3 and approved_at is null

-- name: same_day
-- The approved edition that begins on the same day.
select edition from policy
where kind = $1 and jurisdiction = $2 and valid_from = $3 and approved_at is not null

-- name: drop_day
delete from policy where kind = $1 and jurisdiction = $2 and valid_from = $3

-- name: enact
-- An edition without officers.
insert into policy (kind, jurisdiction, edition, valid_from, content, drafted_by, drafted_at, approved_by, approved_at)
values ($1, $2, $3, $4, $5, 'demonstration', $6, 'nobody', $6)
