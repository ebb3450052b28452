-- name: parties_of
-- Some parties (cell, case id, party id) with the number that their messages carry and the owner who is asked again.
select p.cell, p.case_id, p.party_id, p.role, p.contact, r.reference, o.party_id as owner
from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as w(cell, case_id, party_id)
join party p on p.cell = w.cell and p.case_id = w.case_id and p.party_id = w.party_id
join lateral (
    select n.reference from reference n where n.cell = p.cell and n.case_id = p.case_id and n.party_id = p.party_id
    order by n.closed_at is not null, n.opened_at desc limit 1
) r on true
join lateral (
    select max(n.party_id) as party_id from party n where n.cell = p.cell and n.case_id = p.case_id and n.role = 'owner'
) o on true

-- name: owners_of
-- The owners that these cases (cell, case id) ever had, with the number that opens their view, if it is not closed.
select p.cell, p.case_id, p.party_id, p.factor, p.owner_since, p.person,
    (select r.reference from reference r
     where r.cell = p.cell and r.case_id = p.case_id and r.party_id = p.party_id and r.closed_at is null limit 1) as reference
from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
join party p on p.cell = w.cell and p.case_id = w.case_id
where p.role = 'owner'

-- name: renew_party
update party p
set contact = $4, person = $5, phone = $6, email = $7, factor = $8, language = $9, channels = $10, version = version + 1
where p.cell = $1 and p.case_id = $2 and p.party_id = $3

-- name: leave_turns
-- How each turn ended, with the days it had.
update party p set standing = o.standing, delivered_at = o.delivered_at, confirm_by = o.confirm_by, version = p.version + 1
from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[])
    as o(cell, case_id, party_id, standing, delivered_at, confirm_by)
where p.cell = o.cell and p.case_id = o.case_id and p.party_id = o.party_id

-- name: take_turns
update party p set standing = 'addressed', version = p.version + 1
from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as o(cell, case_id, party_id)
where p.cell = o.cell and p.case_id = o.case_id and p.party_id = o.party_id and p.standing <> 'addressed'

-- name: close_others
-- The register names another owner now.
update reference set closed_at = $4, closed_why = 'another_owner'
where cell = $1 and case_id = $2 and party_id <> $3 and closed_at is null
