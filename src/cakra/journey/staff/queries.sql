-- name: add_officer
insert into officer (username, name, rank, certified, password_hash) values ($1, $2, $3, $4, $5)
on conflict do nothing
returning username

-- name: officers
select o.username, o.name, o.rank, o.certified, o.active,
    (select count(*) from standing_authorisation a
     where a.officer = o.username and a.revoked_at is null and (a.valid_to is null or a.valid_to > now())) as standing
from officer o
order by o.active desc, o.username

-- name: find_officer
select username, name, rank, certified, password_hash, active from officer where username = $1

-- name: disable_officer
update officer set active = false where username = $1 returning username

-- name: end_sessions
delete from staff_session where username = $1

-- name: revoke_authorisations
update standing_authorisation set revoked_at = $2 where officer = $1 and revoked_at is null
returning authorisation_id

-- name: known_jurisdiction
select exists(select from jurisdiction where code = $1)

-- name: jurisdictions
select code, name, zone from jurisdiction order by code

-- name: authorise
insert into standing_authorisation (authorisation_id, officer, jurisdiction, offences, valid_from, valid_to, document)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: approvers
-- Active officers with one of the roles $1 for the nation, in force at $2.
select count(distinct g.username) from officer_grant g
join officer o on o.username = g.username
where o.active and g.role = any($1::text[]) and g.jurisdiction is null
    and g.valid_from <= $2 and (g.valid_to is null or g.valid_to > $2)

-- name: add_grant
insert into officer_grant (grant_id, username, role, jurisdiction, valid_from, valid_to, given_by, approved_by, given_at,
    reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: has_grant
-- One of this role there that is in force at $4, or to come.
select exists(select from officer_grant
    where username = $1 and role = $2 and jurisdiction is not distinct from $3 and (valid_to is null or valid_to > $4))

-- name: grants
-- $1: of this officer, or null for all; $2: of these jurisdictions, or null for all.
select g.grant_id, g.username, g.role, g.jurisdiction, g.valid_from, g.valid_to, g.given_by, g.approved_by, g.given_at,
    g.reason, g.ended_by, g.ended_at
from officer_grant g
where ($1::text is null or g.username = $1) and ($2::text[] is null or g.jurisdiction = any($2))
order by g.username, g.valid_from, g.grant_id

-- name: granted_jurisdictions
-- Where an officer has a grant that is in force at $2, or to come.
select distinct jurisdiction from officer_grant where username = $1 and (valid_to is null or valid_to > $2)

-- name: find_grant
select grant_id, username, jurisdiction, valid_from, valid_to from officer_grant where grant_id = $1 for update

-- name: end_grant
update officer_grant set valid_to = greatest(valid_from, $3), ended_by = $2, ended_at = $3, reason = reason || $4
where grant_id = $1

-- name: propose
insert into officer_order (order_id, kind, jurisdiction, content, reason, proposed_by, proposed_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: same_order
-- One of the same kind there, with all that $2 says, that still waits.
select order_id from officer_order
where kind = $1 and settled_as is null and expires_at > $3 and content @> $2::jsonb
    and jurisdiction is not distinct from $4
limit 1

-- name: orders
-- $1: only those that wait at $2; $3: of these jurisdictions, or null for all; the newest first, $4 at most.
select order_id, kind, jurisdiction, content, reason, proposed_by, proposed_at, expires_at, settled_as, settled_by,
    settled_at, settled_why
from officer_order
where (not $1::boolean or (settled_as is null and expires_at > $2)) and ($3::text[] is null or jurisdiction = any($3))
order by order_id desc limit $4

-- name: find_order
select order_id, kind, jurisdiction, content, reason, proposed_by, proposed_at, expires_at, settled_as, settled_by,
    settled_at, settled_why
from officer_order where order_id = $1 for update

-- name: settle_order
update officer_order set settled_as = $2, settled_by = $3, settled_at = $4, settled_why = $5 where order_id = $1
