-- name: case
-- By its own number, or by one that any of its parties was sent.
select c.cell, c.case_id, c.reference, c.plate, c.state, c.jurisdiction, c.occurred_at, j.zone, j.name as agency
from case_file c join jurisdiction j on j.code = c.jurisdiction
where c.cell = $1 and c.case_id = coalesce(
    (select n.case_id from case_file n where n.cell = $1 and n.reference = $2),
    (select r.case_id from reference r where r.cell = $1 and r.reference = $2))

-- name: events
select event_id, at, actor, told, from_state, to_state, details from case_event
where cell = $1 and case_id = $2 order by at, event_id

-- name: notices
-- With the wording that was in force under the template's name when the notice was written.
select n.notice_id, n.purpose, n.language, n.template, n.content, n.state, n.step, n.due_at, n.channel, n.rung,
    n.plan, n.attempts, n.created_at, n.handed_over_at, n.delivered_at,
    (select w.sha256 from wording w
     where w.template = n.template and w.language = n.language and w.since <= n.created_at
     order by w.since desc limit 1) as wording
from notice n where n.cell = $1 and n.case_id = $2 order by n.created_at, n.notice_id

-- name: attempts
select a.notice_id, a.channel, a.attempt, a.sender, a.intended_at, a.state, a.proof, a.code, a.action, a.detail,
    a.answered_at, a.proof_at, a.raw is not null as has_raw
from attempt a join notice n on n.cell = a.cell and n.notice_id = a.notice_id
where n.cell = $1 and n.case_id = $2 order by a.intended_at, a.attempt

-- name: receipts
select r.notice_id, r.channel, r.attempt, r.state, r.at, r.received_at, r.code
from receipt r join notice n on n.cell = r.cell and n.notice_id = r.notice_id
where n.cell = $1 and n.case_id = $2
order by r.at, array_position(array['sent', 'failed', 'delivered', 'read', 'returned'], r.state)

-- name: pauses
-- Those that were in force while a notice of the case was under way.
-- $2 senders used, $3 channels of the plans, $4 and $5 from and to.
select level, key, reason, paused_by, paused_at, resumed_by, resumed_at, resume_reason from pause
where paused_at < $5 and coalesce(resumed_at, 'infinity') > $4
    and (level = 'everything' or (level = 'jurisdiction' and key = $1)
        or (level = 'sender' and key = any($2::text[])) or (level = 'channel' and key = any($3::text[])))
order by paused_at

-- name: provider_answer
select a.raw from attempt a join notice n on n.cell = a.cell and n.notice_id = a.notice_id
where n.cell = $1 and n.case_id = $2 and a.notice_id = $3 and a.channel = $4 and a.attempt = $5

-- name: new_wordings
-- How many differ from the newest of their name.
select count(*) from unnest($1::bytea[], $2::text[], $3::text[]) as o(sha256, template, language)
where o.sha256 is distinct from (
    select w.sha256 from wording w
    where w.template = o.template and w.language = o.language order by w.since desc limit 1)

-- name: remember_wordings
-- A wording that differs from the newest of its name, with the instant from which it is in force.
insert into wording (sha256, template, language, text, since)
select o.sha256, o.template, o.language, o.text, $5
from unnest($1::bytea[], $2::text[], $3::text[], $4::text[]) as o(sha256, template, language, text)
where o.sha256 is distinct from (
    select w.sha256 from wording w
    where w.template = o.template and w.language = o.language order by w.since desc limit 1)
on conflict do nothing
returning template
