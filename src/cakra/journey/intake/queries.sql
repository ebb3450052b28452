-- name: lock_cells
-- One writer a cell until the commit: two processes cannot open two cases of one passage.
-- The array comes sorted, so that two writers never wait for each other crosswise.
select pg_advisory_xact_lock(hashtext('cakra.intake'), c.cell) from unnest($1::integer[]) as c(cell)

-- name: find_events
-- Which of these (camera, event id) were written before.
select e.camera, e.event_id, e.cell, e.case_id, e.joined, e.received_at, e.content_hash
from unnest($1::text[], $2::text[]) as w(camera, event_id)
join camera_event as e on e.camera = w.camera and e.event_id = w.event_id

-- name: find_passages
-- Cases of the same plate near the same instant; one index probe an event.
select distinct c.cell, c.case_id, c.plate, c.occurred_at, c.offences
from unnest($1::smallint[], $2::text[], $3::timestamptz[]) as w(cell, plate, at)
cross join lateral (
    select * from case_file
    where case_file.cell = w.cell and case_file.plate = w.plate
        and case_file.occurred_at between w.at - $4::interval and w.at + $4::interval
        and case_file.state <> 'rejected'
    order by case_file.occurred_at
    limit 16
) as c

-- name: find_cases
-- Cases by their key, which records of the same passage were written into.
select c.cell, c.case_id, c.plate, c.occurred_at, c.offences
from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
join case_file as c on c.cell = w.cell and c.case_id = w.case_id

-- name: count_repeats
update camera_event as e
set repeats = e.repeats + w.times
from unnest($1::text[], $2::text[], $3::integer[]) as w(camera, event_id, times)
where e.camera = w.camera and e.event_id = w.event_id

-- name: is_leaving
-- Whether one of these photographs is being deleted in the store, or was after the record came with it (clocks differ).
select exists (
    select from unnest($1::bytea[], $2::timestamptz[]) as w(sha256, received_at)
    join leaving_picture as l on l.sha256 = w.sha256
    where (l.begun_at is not null and l.gone_at is null) or l.gone_at >= w.received_at - interval '10 seconds')

-- name: keep_cases
-- Whoever erases leaves these alone until the records that join them are written; one that is gone is not returned.
select c.case_id from case_file as c
join unnest($1::smallint[], $2::bigint[]) as w(cell, case_id) on c.cell = w.cell and c.case_id = w.case_id
order by c.cell, c.case_id
for key share of c

-- name: wake
select pg_notify('cakra_due', 'screening')

-- name: find_camera
select c.code, c.jurisdiction, j.first_cell, j.cells, c.zone, c.clock_tolerance_s, c.offence_map, c.vendor,
    c.hmac_key, j.zone as jurisdiction_zone
from camera as c
join jurisdiction as j on j.code = c.jurisdiction
where c.code = $1 and c.active

-- name: count_strangers
-- Kibibytes that nobody known signed, in this hour; the counter is shared by all processes.
insert into attempt_limit as a (scope, subject, since, count)
values ('stranger_quarantine', 'all', date_trunc('hour', $1::timestamptz), $2)
on conflict (scope, subject, since) do update set count = least(a.count::bigint + excluded.count, 2000000000)
returning count

-- name: keep
insert into quarantine (quarantine_id, received_at, expires_at, door, camera, authentic, code, reason,
    raw_sha256, raw_bytes, body, headers)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: expire
-- Identifiers are ordered by time, so only the oldest are looked at: a bounded cost however many there are.
delete from quarantine
where expires_at <= $1
    and quarantine_id = any(array(select quarantine_id from quarantine order by quarantine_id limit $2))

-- name: lock_jurisdictions
lock table jurisdiction in share row exclusive mode

-- name: next_cell
select coalesce(max(first_cell + cells), 0) from jurisdiction

-- name: add_jurisdiction
insert into jurisdiction (code, name, zone, first_cell, cells) values ($1, $2, $3, $4::integer, $5::integer)
on conflict do nothing
returning true

-- name: jurisdictions
select code, name, zone, first_cell, cells from jurisdiction order by first_cell

-- name: camera_lines
select c.code, c.jurisdiction, c.place, c.vendor, c.approved_offences, c.calibrated_until, c.audited_precision,
    c.active, h.heard_at
from camera c
left join camera_heard h on h.camera = c.code
order by c.code

-- name: lock_roster
-- One import at a time; cameras are read meanwhile.
lock table camera in share row exclusive mode

-- name: stored_cameras
-- By way of text, so that a stored 0.99 equals the file's 0.99.
select code, jurisdiction, name, place, road, zone, vendor, approved_offences, calibrated_until,
    audited_precision::text::float8, clock_tolerance_s::text::float8, speed_limit_kmh::text::float8,
    speed_trigger_kmh::text::float8, latitude, longitude, active, offence_map
from camera
where code = any($1::text[])

-- name: write_camera
-- The key comes with a new camera only; a known one keeps its own.
insert into camera as k (code, jurisdiction, name, place, road, zone, vendor, approved_offences, calibrated_until,
    audited_precision, clock_tolerance_s, speed_limit_kmh, speed_trigger_kmh, latitude, longitude, active,
    offence_map, hmac_key)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::float8, $11::float8, $12::float8, $13::float8, $14, $15, $16,
    $17::text::jsonb, coalesce($18::bytea, ''))
on conflict (code) do update
set jurisdiction = excluded.jurisdiction, name = excluded.name, place = excluded.place, road = excluded.road,
    zone = excluded.zone, vendor = excluded.vendor, approved_offences = excluded.approved_offences,
    calibrated_until = excluded.calibrated_until, audited_precision = excluded.audited_precision,
    clock_tolerance_s = excluded.clock_tolerance_s, speed_limit_kmh = excluded.speed_limit_kmh,
    speed_trigger_kmh = excluded.speed_trigger_kmh, latitude = excluded.latitude, longitude = excluded.longitude,
    active = excluded.active, offence_map = excluded.offence_map

-- name: set_camera_key
update camera set hmac_key = $2 where code = $1 returning true

-- name: camera_key
select hmac_key from camera where code = $1

-- name: any_sealed_key
select code, hmac_key from camera order by code limit 1

-- name: hear
-- Two processes may write out of order: the newest stays.
insert into camera_heard as h (camera, heard_at, event_at) values ($1, $2, $3)
on conflict (camera) do update
set heard_at = greatest(h.heard_at, excluded.heard_at), event_at = greatest(h.event_at, excluded.event_at)
where h.heard_at < excluded.heard_at or excluded.event_at is not null

-- name: quarantine_lines
-- $6: of the cameras of these offices, or null for all, strangers' with them.
select q.quarantine_id, q.received_at, q.expires_at, q.door, q.camera, q.authentic, q.code, q.reason, q.raw_bytes,
    q.body is not null as whole, q.settled_as,
    (select k.jurisdiction from camera k where k.code = q.camera and q.authentic) as jurisdiction
from quarantine q
where q.quarantine_id < $3 and ($1::text is null or q.door = $1) and ($2::text is null or q.camera = $2)
    and ($5::boolean or q.settled_at is null)
    and ($6::text[] is null or (q.authentic and q.camera in (select code from camera where jurisdiction = any($6))))
order by q.quarantine_id desc
limit $4

-- name: quarantine_line
select q.quarantine_id, q.received_at, q.expires_at, q.door, q.camera, q.authentic, q.code, q.reason, q.raw_bytes,
    q.body is not null as whole, q.settled_as,
    (select k.jurisdiction from camera k where k.code = q.camera and q.authentic) as jurisdiction
from quarantine q
where q.quarantine_id = $1

-- name: quarantine_body
select raw_sha256, body, headers from quarantine where quarantine_id = $1

-- name: quarantine_counts
-- Of the newest thousand that wait: which doors, and why; $1: offices, as of the lines.
select door, code, count(*) as rows
from (
    select door, code from quarantine
    where settled_at is null
        and ($1::text[] is null or (authentic and camera in (select code from camera where jurisdiction = any($1))))
    order by quarantine_id desc limit 1000
) as newest
group by door, code
order by rows desc, door, code

-- name: settle_quarantine
update quarantine
set settled_at = $2, settled_as = $3, body = case when $3 = 'dropped' then null else body end,
    headers = case when $3 = 'dropped' then null else headers end
where quarantine_id = $1 and settled_at is null
returning true

-- name: record_quarantine_action
insert into quarantine_action (action_id, quarantine_id, at, officer, action, outcome, reason)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: quarantine_growth
-- Identifiers are ordered by time, so the newest are looked at. What waits for its pictures is no growth.
select count(*) as waiting,
    count(*) filter (where received_at > $1::timestamptz - interval '1 day') as day,
    count(*) filter (where received_at between $1::timestamptz - interval '2 days'
        and $1::timestamptz - interval '1 day') as before
from (
    select received_at from quarantine
    where settled_at is null and authentic and code <> 'awaiting_pictures'
    order by quarantine_id desc
    limit 10000
) as newest

-- name: same_event
-- What is stored under this camera's event id, for a vendor that uses it again.
-- An erased one has lost its plate; `record` is never empty otherwise.
select occurred_at, raw_time, offence, record -> 'plate' ->> 'text' as plate, record = '{}' as erased
from camera_event
where camera = $1 and event_id = $2
