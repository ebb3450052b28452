-- name: newest_confirmation
-- The notice an undeliverable case hangs on, and the parties whom any message may have reached.
select n.notice_id, n.state, n.channel, n.attempts,
    (select array_agg(distinct o.party_id) from notice o
     where o.cell = $1 and o.case_id = $2
        and (o.handed_over_at is not null or o.state in ('sending', 'unknown', 'unsettled', 'held'))) as contacted
from notice n
where n.cell = $1 and n.case_id = $2 and n.purpose = 'confirmation'
order by n.created_at desc, n.notice_id desc
limit 1

-- name: newest_answer
-- The newest answer of a party.
select answer_id, kind, details from answer where cell = $1 and case_id = $2 and party_id = $3
order by at desc, answer_id desc limit 1

-- name: without_law
-- Whether the newest screening found no law on file for an offence on its day.
select findings @> '[{"check": "law_in_force", "verdict": "doubt"}]'
from screening where cell = $1 and case_id = $2 order by screening_id desc limit 1

-- name: settle_as_sent
-- An officer's word that the provider took it: proof is waited for once more.
update notice
set state = 'accepted', step = 'settle', due_at = $3, leased_by = null, version = version + 1,
    handed_over_at = coalesce(handed_over_at, $4)
where cell = $1 and notice_id = $2 and step is null
returning notice_id

-- name: queue_again
-- An officer's word that it was not sent: the next claim makes a new attempt with a number of its own.
update notice
set state = 'queued', step = 'dispatch', due_at = $3::timestamptz, leased_by = null, tries = 0, rung_tries = 0,
    hand_over_by = $3::timestamptz + make_interval(secs => (plan -> rung ->> 'hand_over_s')::float8), version = version + 1
where cell = $1 and notice_id = $2 and step is null and state in ('unsettled', 'failed')
returning notice_id

-- name: settle_attempt
-- The open attempt takes the officer's word; what the provider said stays as it was said.
update attempt
set state = $5, action = 'none', code = 'officer', detail = 'settled by an officer'
where cell = $1 and notice_id = $2 and channel = $3 and attempt = $4 and state in ('intended', 'unknown')

-- name: assignment
select assigned_to, assigned_until from case_file where cell = $1 and case_id = $2

-- name: add_officer
insert into officer (username, name, rank, role, certified, password_hash) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
returning username

-- name: officers
select o.username, o.name, o.rank, o.role, o.certified, o.active,
    (select count(*) from standing_authorisation a
     where a.officer = o.username and a.revoked_at is null and (a.valid_to is null or a.valid_to > now())) as standing
from officer o
order by o.active desc, o.username

-- name: find_officer
select username, name, rank, role, certified, password_hash, active from officer where username = $1

-- name: disable_officer
update officer set active = false where username = $1 returning username

-- name: end_sessions
delete from staff_session where username = $1

-- name: revoke_authorisations
update standing_authorisation set revoked_at = $2 where officer = $1 and revoked_at is null
returning authorisation_id

-- name: known_jurisdiction
select exists(select from jurisdiction where code = $1)

-- name: authorise
insert into standing_authorisation (authorisation_id, officer, jurisdiction, offences, valid_from, valid_to, document)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: untold
-- A later notice that could not be told and is nobody's turn; locked.
select case_id, purpose, number from notice
where cell = $1 and notice_id = $2 and step is null and state in ('failed', 'unsettled') and purpose <> 'confirmation'
for update

-- name: tell_again
-- What concerns whose turn it is goes to the party whose turn it is now.
update notice n
set state = 'planned', step = 'word', due_at = $3, leased_by = null, version = n.version + 1,
    party_id = case when n.purpose in ('reminder', 'code') then coalesce(c.party_id, n.party_id) else n.party_id end
from case_file c
where n.cell = $1 and n.notice_id = $2 and c.cell = n.cell and c.case_id = n.case_id

-- name: set_aside
update notice set state = 'cancelled', version = version + 1 where cell = $1 and notice_id = $2

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
where c.cell = $1 and c.case_id = coalesce(
    (select n.case_id from reference n where n.cell = $1 and n.reference = $2),
    (select n.case_id from case_file n where n.cell = $1 and n.reference = $2))

-- name: references_beside
select r.reference, c.reference as case, c.state, p.role, r.opened_at, r.closed_at, r.closed_why, r.replaced_by
from case_file c
join reference r on r.cell = c.cell and r.case_id = c.case_id
join party p on p.cell = r.cell and p.case_id = r.case_id and p.party_id = r.party_id
where c.cell = $1 and c.case_id = coalesce(
    (select n.case_id from reference n where n.cell = $1 and n.reference = $2),
    (select n.case_id from case_file n where n.cell = $1 and n.reference = $2))
order by p.created_at, p.party_id, r.opened_at

-- name: close_reference
update reference set closed_at = $3, closed_why = $4, replaced_by = $5
where cell = $1 and reference = $2 and closed_at is null
returning reference

-- name: open_reference
insert into reference (cell, case_id, party_id, reference, opened_at) values ($1, $2, $3, $4, $5)
