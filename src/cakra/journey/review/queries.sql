-- name: newest_answer
-- The newest answer of a party.
select answer_id, kind, details from answer where cell = $1 and case_id = $2 and party_id = $3
order by at desc, answer_id desc limit 1

-- name: without_law
-- Whether the newest screening found no law on file for an offence on its day.
select findings @> '[{"check": "law_in_force", "verdict": "doubt"}]'
from screening where cell = $1 and case_id = $2 order by screening_id desc limit 1

-- name: assignment
select assigned_to, assigned_until from case_file where cell = $1 and case_id = $2

-- name: untold
-- A later notice that could not be told and is nobody's turn; locked.
select case_id, purpose, number from notice
where cell = $1 and notice_id = $2 and step is null and state in ('failed', 'unsettled') and purpose <> 'confirmation'
for update

-- name: note_agreement
-- For the watch over cameras: whether the plate ($4; '' unreadable) is what the machine had read with confidence, by
-- the newest screening. A case counts once a camera; a later word counts again where it contradicts.
insert into camera_agreement as known (cell, case_id, camera, at, agreed)
select $1, $2, f #>> '{facts,camera}', $3, bool_and(f #>> '{facts,reading}' = $4)
from (
    select findings from screening where cell = $1 and case_id = $2 order by at desc, screening_id desc limit 1
) as s, jsonb_array_elements(s.findings) as f
where f ->> 'check' = 'plate_photo' and f #>> '{facts,outcome}' in ('accept', 'mismatch')
    and f #>> '{facts,reading}' is not null and f #>> '{facts,camera}' is not null
group by 3
on conflict (cell, case_id, camera) do update
set at = excluded.at, agreed = false, counted = false
where known.agreed and not excluded.agreed

-- name: _case_of_reference
-- Of any of its parties, or of its own number.
c.cell = $1 and c.case_id = coalesce(
    (select n.case_id from reference n where n.cell = $1 and n.reference = $2),
    (select n.case_id from case_file n where n.cell = $1 and n.reference = $2))

-- name: find_reference
-- To whom a reference belongs, and whether that party was written to; without a party for the number of a case that
-- nobody was looked up for yet.
select c.case_id, r.party_id, p.role,
    exists (
        select from notice n
        where n.cell = r.cell and n.case_id = r.case_id and n.party_id = r.party_id and n.attempts > 0) as contacted
from case_file c
left join reference r on r.cell = c.cell and r.reference = $2
left join party p on p.cell = r.cell and p.case_id = r.case_id and p.party_id = r.party_id
where {_case_of_reference}

-- name: case_of
select c.case_id, c.jurisdiction from case_file c
where {_case_of_reference}

-- name: references_beside
select r.reference, c.reference as case, c.state, p.role, r.opened_at, r.closed_at, r.closed_why, r.replaced_by
from case_file c
join reference r on r.cell = c.cell and r.case_id = c.case_id
join party p on p.cell = r.cell and p.case_id = r.case_id and p.party_id = r.party_id
where c.cell = $1 and c.case_id = $2
order by p.created_at, p.party_id, r.opened_at

-- name: close_reference
update reference set closed_at = $3, closed_why = $4, replaced_by = $5
where cell = $1 and reference = $2 and closed_at is null
returning reference

-- name: open_reference
insert into reference (cell, case_id, party_id, reference, opened_at) values ($1, $2, $3, $4, $5)
