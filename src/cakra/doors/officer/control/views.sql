-- name: waiting
-- What is due and was not claimed, by channel and jurisdiction.
select n.channel, coalesce(n.jurisdiction, '') as jurisdiction, count(*) as waiting
from notice n where n.step = 'dispatch' and n.due_at <= now()
group by 1, 2

-- name: left_lately
-- Handed over and refused since $1, by sender; calls that a pause recalled were never made.
select a.channel, a.sender, count(*) filter (where a.state in ('accepted', 'held')) as handed_over,
    count(*) filter (where a.state = 'refused' and a.code is distinct from 'paused') as refused
from attempt a where a.intended_at > $1
group by 1, 2

-- name: sender_states
-- Whatever is known of a sender's health: stopped by the provider's word, or resting.
select s.* from sender_state s

-- name: jurisdictions
select j.code, j.name from jurisdiction j order by j.code

-- name: pauses
-- The newest, open ones first; $1: at most; $2: of these offices and the nation, or null for all.
select p.pause_id, p.level, p.key, p.reason, p.paused_by, p.paused_at, p.resumed_by, p.resumed_at, p.resume_reason,
    o.name as paused_name, r.name as resumed_name
from pause p
join officer o on o.username = p.paused_by
left join officer r on r.username = p.resumed_by
where $2::text[] is null or p.level <> 'jurisdiction' or p.key = any($2)
order by p.resumed_at is not null, p.paused_at desc limit $1
