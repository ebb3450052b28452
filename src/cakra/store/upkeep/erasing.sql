-- name: lock_cases
-- Of these cases those that nobody works on: locked, in the order of their keys. What is locked elsewhere is left.
select c.cell, c.case_id
from case_file c
join unnest($1::smallint[], $2::bigint[]) as w(cell, case_id) on c.cell = w.cell and c.case_id = w.case_id
where c.step is null
order by c.cell, c.case_id
for update of c skip locked

-- name: list_originals
-- A picture that was listed before is listed anew; while it is being deleted that goes on, and it is looked at again.
insert into leaving_picture as l (sha256, listed_at)
select distinct p.sha256, now()
from photo p
join unnest($1::smallint[], $2::bigint[]) as w(cell, case_id) on p.cell = w.cell and p.case_id = w.case_id
on conflict (sha256) do update
set listed_at = excluded.listed_at, begun_at = case when l.gone_at is null then l.begun_at end, gone_at = null

-- name: list_derived
insert into leaving_picture as l (sha256, parent, listed_at)
select distinct on (d.sha256) d.sha256, d.parent_sha256, now()
from derived_picture d
join unnest($1::smallint[], $2::bigint[]) as w(cell, case_id) on d.cell = w.cell and d.case_id = w.case_id
order by d.sha256
on conflict (sha256) do update
set listed_at = excluded.listed_at, begun_at = case when l.gone_at is null then l.begun_at end, gone_at = null,
    parent = excluded.parent

-- name: count_originals
select count(*) as photographs, coalesce(sum(p.bytes), 0)::bigint as bytes
from photo p
join unnest($1::smallint[], $2::bigint[]) as w(cell, case_id) on p.cell = w.cell and p.case_id = w.case_id

-- name: erase_receipts
delete from receipt r
using notice n, unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where n.cell = w.cell and n.case_id = w.case_id and r.cell = n.cell and r.notice_id = n.notice_id

-- name: erase_attempts
delete from attempt a
using notice n, unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where n.cell = w.cell and n.case_id = w.case_id and a.cell = n.cell and a.notice_id = n.notice_id

-- name: erase_notices
delete from notice n using unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where n.cell = w.cell and n.case_id = w.case_id

-- name: erase_screenings
delete from screening s using unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where s.cell = w.cell and s.case_id = w.case_id

-- name: erase_derived
delete from derived_picture d using unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where d.cell = w.cell and d.case_id = w.case_id

-- name: erase_photos
delete from photo p using unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where p.cell = w.cell and p.case_id = w.case_id

-- name: erase_answers
-- Both arrays beside the pairs: fewer cases have answers than pages would be read for a set, and the key serves these.
delete from answer a
where a.cell = any($1::smallint[]) and a.case_id = any($2::bigint[])
    and (a.cell, a.case_id) in (select w.cell, w.case_id from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id))

-- name: erase_one_time_codes
-- As answers.
delete from one_time_code a
where a.cell = any($1::smallint[]) and a.case_id = any($2::bigint[])
    and (a.cell, a.case_id) in (select w.cell, w.case_id from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id))

-- name: erase_references
-- As answers.
delete from reference a
where a.cell = any($1::smallint[]) and a.case_id = any($2::bigint[])
    and (a.cell, a.case_id) in (select w.cell, w.case_id from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id))

-- name: erase_parties
-- As answers.
delete from party a
where a.cell = any($1::smallint[]) and a.case_id = any($2::bigint[])
    and (a.cell, a.case_id) in (select w.cell, w.case_id from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id))

-- name: erase_second_factors
delete from second_factor f using unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where f.cell = w.cell and f.case_id = w.case_id

-- name: erase_marks
delete from set_aside s using unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where s.cell = w.cell and s.case_id = w.case_id

-- name: empty_camera_events
-- (camera, event id) answers for ever, so that a record that comes again opens no case; what it said is gone.
update camera_event e
set record = '{}', notes = '[]', original = null
from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where e.cell = w.cell and e.case_id = w.case_id

-- name: erase_files
delete from case_file c using unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
where c.cell = w.cell and c.case_id = w.case_id

-- name: erase_timelines
select erase_timelines($1, $2)
