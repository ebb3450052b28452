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

-- name: cancel_letters
-- Letters that need not leave any more; a notice that was delivered otherwise keeps that word.
with held as materialized (
    select n.cell, n.notice_id from notice n
    join unnest($1::smallint[], $2::bigint[], $3::smallint[]) as o(cell, notice_id, attempt)
        on n.cell = o.cell and n.notice_id = o.notice_id and n.attempts = o.attempt
    where n.channel = 'letter' and n.state in ('unknown', 'held')
    order by n.cell, n.notice_id
    for update of n
)
update notice n
set state = 'cancelled', step = null, due_at = null, leased_by = null, version = n.version + 1
from held h where n.cell = h.cell and n.notice_id = h.notice_id
returning n.cell, n.case_id, n.purpose

-- name: lost_letters
-- Letters that a killed process left without an answer; the spool knows whether it keeps them.
select n.cell, n.notice_id, n.attempts as attempt from notice n
where n.step = 'settle' and n.state = 'unknown' and n.channel = 'letter'
order by n.due_at limit $1

-- name: put_back
-- `kept`: the spool has it, so it is held for its batch; else it was never set and is queued again.
with held as materialized (
    select n.cell, n.notice_id, o.attempt, o.kept from notice n
    join unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::boolean[]) as o(cell, notice_id, attempt, kept)
        on n.cell = o.cell and n.notice_id = o.notice_id and n.attempts = o.attempt
    where n.channel = 'letter' and n.step = 'settle' and n.state = 'unknown'
    order by n.cell, n.notice_id
    for update of n
), put as (
    update notice n
    set state = case when o.kept then 'held' else 'queued' end, step = case when o.kept then null else 'dispatch' end,
        due_at = case when o.kept then null else now() end, version = n.version + 1
    from held o where n.cell = o.cell and n.notice_id = o.notice_id
    returning n.cell, n.notice_id, o.attempt, o.kept
)
update attempt a
set state = case when p.kept then 'held' else 'refused' end, action = case when p.kept then 'wait' else 'retry' end,
    code = case when p.kept then 'in_batch' else 'not_kept' end, detail = 'found out from the spool',
    answered_at = now()
from put p
where a.cell = p.cell and a.notice_id = p.notice_id and a.channel = 'letter' and a.attempt = p.attempt
returning a.notice_id

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

-- name: doubt_letters
-- The spool that kept them is lost: the print house's day finds that this one does not have them, and sets them anew.
with held as materialized (
    select n.cell, n.notice_id from notice n
    join unnest($1::smallint[], $2::bigint[], $3::smallint[]) as o(cell, notice_id, attempt)
        on n.cell = o.cell and n.notice_id = o.notice_id and n.attempts = o.attempt
    where n.channel = 'letter' and n.state = 'held' and n.step is null
    order by n.cell, n.notice_id
    for update of n
), doubted as (
    update notice n
    set state = 'unknown', step = 'settle', due_at = now() + interval '1 day', version = n.version + 1
    from held o where n.cell = o.cell and n.notice_id = o.notice_id
    returning n.cell, n.notice_id, n.attempts
)
update attempt a set state = 'unknown', detail = 'the spool that kept it is lost'
from doubted d
where a.cell = d.cell and a.notice_id = d.notice_id and a.channel = 'letter' and a.attempt = d.attempts
returning a.notice_id
