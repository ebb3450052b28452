-- name: claim_sends
-- Due notices of unstopped senders are claimed and their intents committed in ONE statement, before any call.
-- Nothing that is paused is claimed: the pauses are read by this very statement.
-- $1 limit, $2 lease seconds, $3 worker, $4 cells, $5 channel, $6 sender.
with due as (
    select cell, notice_id from notice
    where step = 'dispatch' and channel = $5 and due_at <= now() and ($4::smallint[] is null or cell = any($4))
        and not exists (select from sender_state s where s.channel = $5 and s.sender = $6 and s.stopped)
        and not exists (
            select from pause p where p.resumed_at is null
                and (p.level = 'everything' or (p.level = 'channel' and p.key = $5) or (p.level = 'sender' and p.key = $6)))
        and coalesce(jurisdiction, '') <> all(array(
            select p.key from pause p where p.resumed_at is null and p.level = 'jurisdiction'))
    order by due_at
    limit $1
    for update skip locked
), claimed as (
    update notice n
    set state = 'sending', step = 'sending', attempts = n.attempts + 1, rung_tries = n.rung_tries + 1,
        due_at = now() + make_interval(secs => $2), leased_by = $3, version = n.version + 1
    from due
    where n.cell = due.cell and n.notice_id = due.notice_id
    returning n.cell, n.notice_id, n.case_id, n.template, n.language, n.content, n.picture, n.attempts,
        n.plan, n.rung, n.rung_tries, coalesce(n.jurisdiction, '') as jurisdiction, (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone
), intended as (
    insert into attempt (cell, notice_id, channel, attempt, sender, intended_at, state)
    select cell, notice_id, $5, attempts, $6, now(), 'intended' from claimed
)
select * from claimed

-- name: expire_sends
-- A lease ended over a committed intent: nobody knows whether the provider took it. $1: proof is waited for this
-- long instead of the rung's time.
with late as (
    select cell, notice_id from notice where step = 'sending' and due_at <= now()
    limit 500 for update skip locked
), marked as (
    update notice n
    set state = 'unknown', step = 'settle', leased_by = null,
        due_at = now() + make_interval(secs => coalesce($1::float8, (n.plan -> n.rung ->> 'within_s')::float8)),
        version = n.version + 1
    from late where n.cell = late.cell and n.notice_id = late.notice_id
    returning n.cell, n.notice_id, n.channel, n.attempts, n.case_id
)
update attempt a
set state = 'unknown', action = 'wait', detail = 'no answer before the lease ended'
from marked m
where a.cell = m.cell and a.notice_id = m.notice_id and a.channel = m.channel and a.attempt = m.attempts
    and a.state = 'intended'
returning m.cell, m.case_id

-- name: lock_sends
-- Answered notices in key order, as receipts lock them: notice before attempt, so that nobody waits in a circle.
select from notice n
join unnest($1::smallint[], $2::bigint[]) as o(cell, notice_id) on n.cell = o.cell and n.notice_id = o.notice_id
order by n.cell, n.notice_id
for update of n

-- name: record_attempts
-- The provider's words and what they cost, in one statement with the entry in the books (one row a cell and day).
-- A receipt may have come first: its proof outweighs them, and a failure keeps its code.
-- $12 sender, $13 cost, $14 whether a message that failed is free here.
with told as (
    select o.*, a.intended_at,
        case when a.billable is false or ($14 and a.proof = 'failed' and a.billable is null) then 0 else o.cost end
            as charged,
        a.cost is null and o.cost is not null as first_charged
    from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::timestamptz[], $10::bytea[], $13::bigint[])
        as o(cell, notice_id, attempt, state, provider_id, code, action, detail, at, raw, cost)
    join attempt a on a.cell = o.cell and a.notice_id = o.notice_id and a.channel = $11 and a.attempt = o.attempt
    where a.state in ('intended', 'unknown') or (a.proof is not null and a.answered_at is null)
), entered as (
    insert into spending_entry (cell, channel, sender, day, kind, messages, micro_rupiah)
    select cell, $11, $12, (intended_at at time zone 'Asia/Jakarta')::date, 'case', count(*), sum(charged)
    from told where first_charged
    group by cell, 4
)
update attempt a
set cost = coalesce(a.cost, o.charged), state = case when a.proof in ('sent', 'delivered', 'read') then 'accepted' else o.state end,
    provider_id = coalesce(o.provider_id, a.provider_id),
    code = case when a.proof in ('failed', 'returned') then a.code else o.code end,
    action = o.action, detail = o.detail, answered_at = o.at, raw = o.raw
from told o
where a.cell = o.cell and a.notice_id = o.notice_id and a.channel = $11 and a.attempt = o.attempt

-- name: record_notices
-- Only a notice still waiting for this very attempt moves; proof that came first stays.
-- `leads`: the case hangs on this notice, its newest confirmation.
update notice n
set state = o.state, step = o.step, due_at = o.due_at, leased_by = null, version = n.version + 1,
    handed_over_at = coalesce(n.handed_over_at, case when o.state = 'accepted' then o.at end),
    rung = coalesce(o.rung, n.rung), channel = coalesce(o.channel, n.channel),
    rung_tries = case when o.rung is null then n.rung_tries - o.uncounted else 0 end
from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[],
            $7::timestamptz[], $8::smallint[], $9::text[], $10::smallint[])
    as o(cell, notice_id, attempt, state, step, due_at, at, rung, channel, uncounted)
where n.cell = o.cell and n.notice_id = o.notice_id and n.attempts = o.attempt and n.state in ('sending', 'unknown')
returning n.cell, n.notice_id, n.case_id,
    (n.purpose = 'confirmation' and not exists (
        select from notice b
        where b.cell = n.cell and b.case_id = n.case_id and b.purpose = n.purpose
            and (b.created_at, b.notice_id) > (n.created_at, n.notice_id))) as leads

-- name: stamp_hand_over
-- A receipt overtook the answer: the hand-over is still the moment the provider said it took the message.
update notice n set handed_over_at = o.at
from unnest($1::smallint[], $2::bigint[], $3::timestamptz[]) as o(cell, notice_id, at)
where n.cell = o.cell and n.notice_id = o.notice_id and (n.handed_over_at is null or n.handed_over_at > o.at)

-- name: stop_sender
insert into sender_state (channel, sender, stopped, reason, since) values ($1, $2, true, $3, now())
on conflict (channel, sender) do update set stopped = true, reason = excluded.reason, since = now()
where not sender_state.stopped
returning sender

-- name: senders
-- Every sender that was ever stopped, and how many messages were refused because of it and wait.
select s.channel, s.sender, s.stopped, s.reason, s.since,
    (select count(*) from notice n where s.stopped and n.step = 'dispatch' and n.channel = s.channel) as waiting
from sender_state s
order by s.stopped desc, s.channel, s.sender

-- name: release_sender
update sender_state set stopped = false, reason = $3, since = now()
where channel = $1 and sender = $2 and stopped
returning sender

-- name: due_after_release
-- What the stopped sender was refused is first again.
update notice n set due_at = now()
from attempt a
where n.step = 'dispatch' and n.channel = $1 and n.due_at > now()
    and a.cell = n.cell and a.notice_id = n.notice_id and a.channel = n.channel and a.attempt = n.attempts
    and a.sender = $2 and a.action = 'stop_sender'

-- name: acting_officer
select exists(select from officer where username = $1 and active and role in ('supervisor', 'commander', 'administrator'))

-- name: due_to_settle
-- Sends whose proof did not come in time. `wanted`: the case still waits for it, so the next rung may be tried.
select n.cell, n.notice_id, n.case_id, n.state, n.channel, n.plan, n.rung,
    (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone,
    (n.purpose <> 'confirmation' or exists (
        select from case_file c
        where c.cell = n.cell and c.case_id = n.case_id and c.state in ('notifying', 'undeliverable'))) as wanted,
    (n.purpose = 'confirmation' and not exists (
        select from notice b
        where b.cell = n.cell and b.case_id = n.case_id and b.purpose = n.purpose
            and (b.created_at, b.notice_id) > (n.created_at, n.notice_id))) as leads
from notice n
where n.step = 'settle' and n.due_at <= now()
order by n.due_at limit $1
for update skip locked

-- name: park_notices
update notice n set state = case when n.state = 'unknown' then 'unsettled' else n.state end, step = null,
    due_at = null, version = n.version + 1
from unnest($1::smallint[], $2::bigint[]) as o(cell, notice_id)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: descend_notices
-- To another rung; what was sent on this one is never sent here again.
update notice n set state = 'queued', step = 'dispatch', due_at = o.due_at, channel = o.channel, rung = o.rung,
    rung_tries = 0, leased_by = null, version = n.version + 1
from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::timestamptz[])
    as o(cell, notice_id, rung, channel, due_at)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: waiting_on_paused
-- Notices that wait for a paused channel ($1) though a later rung of theirs is open ($2), unless all of them wait.
select n.cell, n.notice_id, n.case_id, n.channel, n.plan, n.rung,
    (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone
from notice n
where n.step = 'dispatch' and n.channel = any($1::text[])
    and exists (
        select from jsonb_array_elements(n.plan) with ordinality as r(rung, place)
        where r.place - 1 > n.rung and r.rung ->> 'channel' = any($2::text[]))
    and coalesce(n.jurisdiction, '') <> all(array(
        select p.key from pause p where p.resumed_at is null and p.level = 'jurisdiction'))
order by n.due_at limit $3
for update skip locked

-- name: claim_callbacks
with due as (
    select callback_id from callback where step is not null and due_at <= now()
    order by due_at limit $1 for update skip locked
)
update callback c set due_at = now() + make_interval(secs => $2), leased_by = $3, tries = c.tries + 1
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
    a.attempt, a.proof, a.sender, a.intended_at, a.state as attempt_state, a.cost, a.billable,
    (n.purpose = 'confirmation' and not exists (
        select from notice b
        where b.cell = n.cell and b.case_id = n.case_id and b.purpose = n.purpose
            and (b.created_at, b.notice_id) > (n.created_at, n.notice_id))) as leads
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

-- name: prove_notices
-- Proof moves a notice on; the hand-over is timed by our own clock (received), delivery by the provider's (at).
-- A failure may send it to the next rung. A letter that came back takes its delivery back.
update notice n
set state = o.state, step = o.step, due_at = o.due_at, leased_by = null, version = n.version + 1,
    handed_over_at = coalesce(
        n.handed_over_at, case when o.state in ('accepted', 'delivered', 'read') then o.received end),
    delivered_at = case when o.state in ('delivered', 'read') then coalesce(n.delivered_at, o.at) end,
    rung = coalesce(o.rung, n.rung), channel = coalesce(o.channel, n.channel),
    rung_tries = case when o.rung is null then n.rung_tries else 0 end
from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
            $7::timestamptz[], $8::smallint[], $9::text[])
    as o(cell, notice_id, state, step, due_at, at, received, rung, channel)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: open_pauses
select p.pause_id, p.level, p.key, p.reason, p.paused_by, p.paused_at
from pause p where p.resumed_at is null
order by p.paused_at, p.pause_id

-- name: pause
insert into pause (pause_id, level, key, reason, paused_by, paused_at) values ($1, $2, $3, $4, $5, $6)
on conflict (level, key) where resumed_at is null do nothing
returning pause_id

-- name: find_pause
select pause_id, paused_by, resumed_at from pause where pause_id = $1 for update

-- name: resume
update pause set resumed_by = $2, resumed_at = $3, resume_reason = $4 where pause_id = $1

-- name: known_jurisdiction
select exists(select from jurisdiction where code = $1)

-- name: lock_cases
select c.cell, c.case_id, c.version, c.reference, c.jurisdiction, c.state, c.plate, c.claimed_plate,
    c.offences, c.occurred_at, c.received_at, c.camera, c.vehicle_kind, c.addressee, c.delivered_at,
    c.confirm_by, c.pay_by, c.step, c.tries
from case_file c
join (select distinct * from unnest($1::smallint[], $2::bigint[]) as t(cell, case_id)) w using (cell, case_id)
order by c.cell, c.case_id
for update of c

-- name: unprove_cases
-- The letter that had started the deadlines came back: without proof they do not run.
update case_file c set delivered_at = null, confirm_by = null
from unnest($1::smallint[], $2::bigint[]) as o(cell, case_id)
where c.cell = o.cell and c.case_id = o.case_id

-- name: forget_callbacks
-- Identifiers are ordered by time, so only the oldest are looked at: a bounded cost however many there are.
delete from callback
where expires_at <= $1 and step is null
    and callback_id in (select callback_id from callback order by callback_id limit $2)
returning callback_id
