-- name: authorisations
-- Standing words of certified, active officers in these jurisdictions; which one covers a case is a rule.
select a.authorisation_id, a.officer, o.name, o.rank, a.jurisdiction, a.offences, a.valid_from, a.valid_to, a.revoked_at
from standing_authorisation a
join officer o on o.username = a.officer and o.certified and o.active
where a.jurisdiction = any($1) and a.valid_from <= $2
    and (a.valid_to is null or a.valid_to > $2) and (a.revoked_at is null or a.revoked_at > $2)

-- name: certified_officer
select name, rank from officer where username = $1 and certified and active

-- name: zones
select code, zone from jurisdiction where code = any($1)

-- name: next_numbers
select nextval('deposit_code_number')::bigint as number from generate_series(1, $1::integer)

-- name: live_code
-- The newest code of a party with the officer in whose authority it stands.
select d.code, d.amount, d.state, d.issued_at, d.expires_at, o.name as officer_name, o.rank as officer_rank
from deposit_code d
join officer o on o.username = d.officer
where d.cell = $1 and d.case_id = $2 and d.party_id = $3
order by d.state = 'issued' desc, d.issued_at desc
limit 1

-- name: extend_code
-- The code was first shown only now, so its days count from now; they never get fewer.
update deposit_code set expires_at = greatest(expires_at, $3) where cell = $1 and case_id = $2 and state = 'issued'
