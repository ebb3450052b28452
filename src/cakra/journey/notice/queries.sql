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

-- name: told_cases
-- Their cases, held against a move until the notices are worded.
select c.cell, c.case_id, c.version, c.reference, c.jurisdiction, c.state, c.plate, c.claimed_plate,
    c.offences, c.occurred_at, c.received_at, c.camera, c.vehicle_kind, c.party_id, c.delivered_at,
    c.confirm_by, c.pay_by, c.step, c.tries
from case_file c
join (select distinct * from unnest($1::smallint[], $2::bigint[]) as t(cell, case_id)) w using (cell, case_id)
order by c.cell, c.case_id
for share of c

-- name: keep_worded
-- A new wording is a new plan: it begins at its first rung, wherever an earlier one had come to.
update notice n
set language = o.language, template = o.template, content = o.content, picture = o.picture, due_at = o.due_at,
    channel = o.channel, plan = o.plan, hand_over_by = o.hand_over_by, recipient = o.recipient,
    state = 'queued', step = 'dispatch', rung = 0, rung_tries = 0, tries = 0, leased_by = null, version = n.version + 1
from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::timestamptz[],
            $8::text[], $9::jsonb[], $10::timestamptz[], $11::bytea[])
    as o(cell, notice_id, language, template, content, picture, due_at, channel, plan, hand_over_by, recipient)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: end_unworded
update notice n set state = o.state, step = null, due_at = null, version = n.version + 1
from unnest($1::smallint[], $2::bigint[], $3::text[]) as o(cell, notice_id, state)
where n.cell = o.cell and n.notice_id = o.notice_id
