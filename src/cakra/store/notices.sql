-- name: stop_notices
-- A notice that was delivered on an earlier rung keeps that word.
with unsent as (
    select n.cell, n.notice_id from notice n
    join unnest($1::smallint[], $2::bigint[], $3::text[]) as o(cell, case_id, purpose)
        on n.cell = o.cell and n.case_id = o.case_id and n.purpose = o.purpose
    where n.step in ('word', 'dispatch')
    for update of n skip locked
)
update notice n
set state = case when n.delivered_at is null then 'cancelled' else 'delivered' end, step = null, due_at = null,
    leased_by = null, version = n.version + 1
from unsent u
where n.cell = u.cell and n.notice_id = u.notice_id
returning n.cell, n.case_id, n.purpose, n.number

-- name: states
-- Whoever moves one of these cases in this instant either is waited for or finds the notice and stops it.
select c.cell, c.case_id, c.state from case_file c
join unnest($1::smallint[], $2::bigint[]) as o(cell, case_id) using (cell, case_id)
order by c.cell, c.case_id
for share of c

-- name: wake_wording
select pg_notify('cakra_due', 'word')

-- name: find_notice_tries
select least(n.tries, 1000) from notice n where n.cell = $1 and n.notice_id = $2

-- name: put_off_notice
-- It could not be moved on from where it stands: tried again in $3 seconds.
update notice n set due_at = now() + make_interval(secs => $3), tries = least(n.tries + 1, 1000), version = n.version + 1
where n.cell = $1 and n.notice_id = $2
returning n.step, n.version

-- name: word_party_again
-- What has not left yet is worded anew, from the top of its ladder: the number it carries is another one.
with unsent as (
    select n.cell, n.notice_id from notice n
    where n.cell = $1 and n.case_id = $2 and n.party_id = $3 and n.step in ('word', 'dispatch')
    for update skip locked
)
update notice n set state = 'planned', step = 'word', due_at = $4, leased_by = null, version = n.version + 1
from unsent u where n.cell = u.cell and n.notice_id = u.notice_id
