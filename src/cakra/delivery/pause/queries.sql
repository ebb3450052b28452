-- name: open_pauses
select p.pause_id, p.level, p.key, p.reason, p.paused_by, p.paused_at
from pause p where p.resumed_at is null
order by p.paused_at, p.pause_id

-- name: pause
insert into pause (pause_id, level, key, reason, paused_by, paused_at) values ($1, $2, $3, $4, $5, $6)
on conflict (level, key) where resumed_at is null do nothing
returning pause_id

-- name: find_pause
select pause_id, level, key, reason, paused_by, paused_at from pause where pause_id = $1 and resumed_at is null for update

-- name: resume
update pause set resumed_by = $2, resumed_at = $3, resume_reason = $4 where pause_id = $1

-- name: paused_places
select j.name, p.paused_at as since from pause p join jurisdiction j on j.code = p.key
where p.level = 'jurisdiction' and p.resumed_at is null
order by p.paused_at

-- name: stopped_senders
select s.channel, s.sender, s.since from sender_state s where s.stopped

-- name: known_jurisdiction
select exists(select from jurisdiction where code = $1)
