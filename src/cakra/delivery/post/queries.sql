-- name: letters
-- What became of the notices whose letters wait in the spool; a notice that is not here any more has no state.
select w.cell, w.notice_id, w.attempt, n.purpose, c.state as case_state,
    coalesce(n.state in ('sending', 'unknown', 'held') and n.channel = 'letter' and n.attempts = w.attempt, false)
        as waits,
    coalesce(n.jurisdiction, '') = any(array(
        select p.key from pause p where p.resumed_at is null and p.level = 'jurisdiction')) as paused
from unnest($1::smallint[], $2::bigint[], $3::smallint[]) as w(cell, notice_id, attempt)
left join notice n on n.cell = w.cell and n.notice_id = w.notice_id
left join case_file c on c.cell = n.cell and c.case_id = n.case_id

-- name: lock_letters
-- Notices that still wait with this letter, in the states $4, locked in key order.
select n.cell, n.notice_id, n.case_id, n.purpose, n.state, n.step, n.attempts from notice n
join unnest($1::smallint[], $2::bigint[], $3::smallint[]) as o(cell, notice_id, attempt)
    on n.cell = o.cell and n.notice_id = o.notice_id and n.attempts = o.attempt
where n.channel = 'letter' and n.state = any($4::text[])
order by n.cell, n.notice_id
for update of n

-- name: lost_letters
-- Letters that a killed process left without an answer; the spool knows whether it keeps them.
select n.cell, n.notice_id, n.attempts as attempt from notice n
where n.step = 'settle' and n.state = 'unknown' and n.channel = 'letter'
order by n.due_at limit $1

-- name: claim_spool
-- The first spool that says its name is the one.
insert into letter_spool (spool_id, host, folder, since) values ($1, $2, $3, $4) on conflict (single) do nothing

-- name: find_spool
select spool_id, host, folder, since from letter_spool

-- name: take_spool
insert into letter_spool (spool_id, host, folder, since) values ($1, $2, $3, $4)
on conflict (single) do update
set spool_id = excluded.spool_id, host = excluded.host, folder = excluded.folder, since = excluded.since

-- name: held_letters
-- Letters that wait for their batch, as the notices say.
select n.cell, n.notice_id, n.attempts as attempt from notice n
where n.channel = 'letter' and n.state = 'held' and n.step is null
