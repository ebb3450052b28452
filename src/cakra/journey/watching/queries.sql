-- name: fold_scores
-- Scores become counts a day and bucket; what another worker folds right now is left to it. A camera seen for the
-- first time begins as trusted. Rows are written in key order. $1: how many at most, $2: edges of the buckets.
with taken as (
    delete from camera_score_entry e
    using (
        select cell, entry_id from camera_score_entry order by cell, entry_id limit $1 for update skip locked
    ) as due
    where e.cell = due.cell and e.entry_id = due.entry_id
    returning e.camera, e.at, e.score
), begun as (
    insert into camera_standing (camera, since, window_from)
    select t.camera, min(t.at), min(t.at) from taken t where exists (select from camera k where k.code = t.camera)
    group by t.camera order by t.camera
    on conflict do nothing
), added as (
    insert into camera_score as s (day, camera, bucket, readings)
    select (at at time zone 'UTC')::date, camera,
        case when score is null or score = 'NaN' then 0 else width_bucket(score::float8, $2::float8[]) + 1 end, count(*)
    from taken
    group by 1, 2, 3
    order by 1, 2, 3
    on conflict (day, camera, bucket) do update set readings = s.readings + excluded.readings
)
select count(*) from taken

-- name: take_agreements
-- Officers' words that were not weighed yet; each is weighed once. $1: how many at most.
update camera_agreement a
set counted = true
from (
    select cell, case_id, camera from camera_agreement where not counted order by at limit $1 for update skip locked
) as due
where a.cell = due.cell and a.case_id = due.case_id and a.camera = due.camera
returning a.camera, a.at, a.agreed

-- name: begin_standings
insert into camera_standing (camera, since, window_from)
select camera, at, at from unnest($1::text[], $2::timestamptz[]) as w(camera, at)
where exists (select from camera k where k.code = w.camera) order by camera
on conflict do nothing

-- name: lock_standings
-- $1: these cameras; null: all.
select camera, outcome, causes, since, window_from, suspicion, reference, reference_to
from camera_standing where $1::text[] is null or camera = any($1) order by camera for update

-- name: save_suspicion
update camera_standing s set suspicion = w.suspicion
from unnest($1::text[], $2::float8[]) as w(camera, suspicion) where s.camera = w.camera

-- name: reference_so_far
-- Whole days (before $1) of the windows whose reference is not full yet, counted a bucket.
select s.camera, c.bucket, sum(c.readings)::bigint as readings
from camera_standing s
join camera_score c on c.camera = s.camera and c.day > (s.window_from at time zone 'UTC')::date and c.day < $1
where s.reference is null
group by 1, 2

-- name: window_now
-- The whole days from $1 to before $2, where they all lie behind the camera's reference.
select s.camera, c.bucket, sum(c.readings)::bigint as readings
from camera_standing s
join camera_score c on c.camera = s.camera and c.day >= $1 and c.day < $2
where s.reference_to < $1
group by 1, 2

-- name: keep_reference
update camera_standing set reference = $2, reference_to = $3 where camera = $1

-- name: agreement_lately
-- Officers' words since $1 that count now: behind the window's beginning, and behind the fall-back if there was one.
select s.camera, count(*) filter (where a.agreed) as agreed, count(*) as decided
from camera_standing s
join camera_agreement a on a.camera = s.camera and a.at >= s.window_from and a.at >= $1
    and (s.outcome <> 'human' or a.at >= s.since)
where a.at >= $1
group by 1

-- name: change_standing
update camera_standing set outcome = $2, causes = $3, since = $4 where camera = $1

-- name: tell_change
insert into camera_watch (watch_id, camera, at, outcome, causes, figures, officer, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: trust_again
-- Everything seen before counts no more.
update camera_standing
set outcome = 'trusted', causes = '{}', since = $2, window_from = $2, suspicion = 0, reference = null,
    reference_to = null
where camera = $1

-- name: standings
-- Every camera that reports or was ever watched: where it stands and how it came there last; $1: of these offices.
select k.code, k.place, k.jurisdiction, k.active, coalesce(s.outcome, 'trusted') as outcome,
    coalesce(s.causes, '{}') as causes, s.since, s.window_from, s.reference, s.reference_to,
    w.at as changed_at, w.figures, w.officer, o.name as officer_name, coalesce(w.reason, '') as reason, h.heard_at
from camera k
left join camera_heard h on h.camera = k.code
left join camera_standing s on s.camera = k.code
left join lateral (
    select at, figures, officer, reason from camera_watch c
    where c.camera = k.code order by c.at desc, c.watch_id desc limit 1
) w on true
left join officer o on o.username = w.officer
where (k.active or s.camera is not null) and ($1::text[] is null or k.jurisdiction = any($1))
order by array_position('{human,alarm,trusted}', coalesce(s.outcome, 'trusted')), k.code

-- name: camera_jurisdiction
select jurisdiction from camera where code = $1
