-- name: admitted
-- Whether the owner's newest answer is «I drove».
select kind = 'drove' from answer where cell = $1 and case_id = $2 order by at desc, answer_id desc limit 1

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
