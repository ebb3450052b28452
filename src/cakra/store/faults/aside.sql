-- name: set_aside
insert into set_aside as s (cell, case_id, notice_id, step, version, problem, since, last_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)
on conflict (cell, case_id, notice_id) do update
set step = excluded.step, version = excluded.version, problem = excluded.problem, last_at = excluded.last_at,
    times = s.times + 1, since = case when s.step = excluded.step then s.since else excluded.since end

-- name: standing
-- What still stands where it was set aside, of the offices $2 (null: all). A claim adds one to a version, work that was
-- done one more.
select s.cell, s.case_id, s.notice_id, s.step, s.version, s.problem, s.since, s.last_at, s.times, c.reference, c.jurisdiction,
    c.state
from set_aside s
join case_file c on c.cell = s.cell and c.case_id = s.case_id
left join notice n on n.cell = s.cell and n.notice_id = s.notice_id
where case when s.step = 'retention' then c.step is null and c.version = s.version
    when s.notice_id = 0 then c.step = s.step and c.version <= s.version + 1
    else n.step = s.step and n.version <= s.version end
    and ($2::text[] is null or c.jurisdiction = any($2))
order by s.since, s.case_id, s.notice_id
limit $1

-- name: forget
delete from set_aside where cell = $1 and case_id = $2 and notice_id = $3

-- name: forget_moved_on
-- Rows of cases and notices that went on since; those that nobody has looked at for a day are looked at.
delete from set_aside s
where s.last_at < $1::timestamptz - interval '1 day' and (s.cell, s.case_id, s.notice_id) in (
    select cell, case_id, notice_id from set_aside order by last_at limit $2)
returning s.case_id

-- name: note_lane_fault
insert into lane_fault as f (lane, worker, since, last_at, problem) values ($1, $2, $3, $3, $4)
on conflict (lane, worker) do update
set last_at = excluded.last_at, problem = excluded.problem,
    times = case when f.last_at < excluded.last_at - interval '1 hour' then 1 else f.times + 1 end,
    since = case when f.last_at < excluded.last_at - interval '1 hour' then excluded.since else f.since end

-- name: lane_faults
select lane, worker, since, last_at, times, problem from lane_fault where last_at > $1 order by last_at desc, lane

-- name: forget_lane_faults
delete from lane_fault where last_at < $1 returning lane

-- name: inputs_aside
select door, count(*) as inputs from quarantine where settled_at is null and code = $1 group by door order by door
