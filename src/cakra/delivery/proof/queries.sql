-- name: claim_callbacks
with due as (
    select callback_id from callback where step is not null and due_at <= now()
    order by due_at limit $1 for update skip locked
)
update callback c set due_at = now() + make_interval(secs => $2), leased_by = $3, tries = least(c.tries + 1, 1000)
from due where c.callback_id = due.callback_id
returning c.callback_id, c.provider, c.raw, c.received_at, c.tries

-- name: finish_callbacks
update callback set step = null, due_at = null, leased_by = null, problem = o.problem
from unnest($1::bigint[], $2::text[]) as o(callback_id, problem)
where callback.callback_id = o.callback_id

-- name: read_callbacks_again
-- What they speak of may not be recorded yet.
update callback set due_at = now() + make_interval(secs => o.pause_s), leased_by = null
from unnest($1::bigint[], $2::float8[]) as o(callback_id, pause_s)
where callback.callback_id = o.callback_id

-- name: keep_callback
insert into callback (callback_id, provider, received_at, expires_at, raw, step, due_at)
values ($1, $2, $3, $4, $5, 'receipts', $3)

-- name: lock_noticed
-- Notices that receipts speak of, locked in key order so that two workers never wait in a circle.
select n.cell, n.notice_id, n.case_id, n.state, n.attempts, n.handed_over_at, n.channel, n.plan, n.rung,
    (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone,
    a.attempt, a.proof, a.sender, a.intended_at, a.state as attempt_state, a.cost, a.billable
from (
    select distinct * from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[])
        as t(cell, notice_id, attempt, channel)) as w
join notice n on n.cell = w.cell and n.notice_id = w.notice_id
join attempt a on a.cell = w.cell and a.notice_id = w.notice_id and a.attempt = w.attempt and a.channel = w.channel
order by n.cell, n.notice_id, a.attempt
for update of n, a

-- name: keep_receipts
insert into receipt (cell, notice_id, attempt, channel, state, at, received_at, code)
select o.cell, o.notice_id, o.attempt, o.channel, o.state, o.at, o.received_at, o.code
from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[],
            $7::timestamptz[], $8::text[])
    as o(cell, notice_id, attempt, channel, state, at, received_at, code)
on conflict do nothing

-- name: prove_attempts
update attempt a
set proof = o.proof, proof_at = o.at, provider_id = coalesce(a.provider_id, o.provider_id),
    state = case when o.proof not in ('failed', 'returned') and a.state in ('intended', 'unknown') then 'accepted' else a.state end,
    code = case when o.proof in ('failed', 'returned') then o.code else a.code end
from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
            $8::text[]) as o(cell, notice_id, attempt, channel, proof, at, provider_id, code)
where a.cell = o.cell and a.notice_id = o.notice_id and a.attempt = o.attempt and a.channel = o.channel

-- name: proofs_of
-- What is proved of every attempt of some notices, on whatever channel; asked only for those with more than one.
select a.cell, a.notice_id, a.attempt, a.channel, a.proof
from (select distinct * from unnest($1::smallint[], $2::bigint[]) as t(cell, notice_id)) as w
join attempt a on a.cell = w.cell and a.notice_id = w.notice_id

-- name: forget_callbacks
-- Identifiers are ordered by time, so only the oldest are looked at: a bounded cost however many there are.
delete from callback
where expires_at <= $1 and step is null
    and callback_id = any(array(select callback_id from callback order by callback_id limit $2))
returning callback_id
