-- name: newest_confirmation
-- The notice an undeliverable case hangs on, and whether any message may have reached somebody.
select n.notice_id, n.state, n.channel, n.attempts,
    (select bool_or(o.handed_over_at is not null or o.state in ('sending', 'unknown', 'unsettled', 'held'))
     from notice o where o.cell = $1 and o.case_id = $2) as contacted
from notice n
where n.cell = $1 and n.case_id = $2 and n.purpose = 'confirmation'
order by n.created_at desc, n.notice_id desc
limit 1

-- name: admitted
-- Whether the owner's newest answer is «I drove».
select kind = 'drove' from answer where cell = $1 and case_id = $2 order by at desc, answer_id desc limit 1

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

-- name: untold
-- A later notice that could not be told and is nobody's turn; locked.
select case_id, purpose, number from notice
where cell = $1 and notice_id = $2 and step is null and state in ('failed', 'unsettled') and purpose <> 'confirmation'
for update

-- name: tell_again
update notice set state = 'planned', step = 'word', due_at = $3, leased_by = null, version = version + 1
where cell = $1 and notice_id = $2

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
