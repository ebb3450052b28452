-- name: scenes
-- Place and zone of each case's camera, and its notice picture if one was derived.
select w.cell, w.case_id, k.place, j.name as agency, j.zone,
    (select d.sha256 from derived_picture d
     where d.cell = w.cell and d.case_id = w.case_id and d.kind = 'notice'
     order by d.made_at desc limit 1) as picture
from unnest($1::smallint[], $2::bigint[], $3::text[]) as w(cell, case_id, camera)
join camera k on k.code = w.camera
join jurisdiction j on j.code = k.jurisdiction


-- name: due_to_word
-- Notices that other stages have to tell, oldest first; locked until they are worded.
select n.cell, n.notice_id, n.case_id, n.party_id, n.purpose, n.number from notice n
where n.step = 'word' and n.due_at <= now() and ($2::smallint[] is null or n.cell = any($2))
order by n.due_at limit $1
for update skip locked
