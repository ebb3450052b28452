-- name: claim_sends
-- Due notices of one sender are claimed and their intents committed in ONE statement, before any call, and what they
-- take of the sender's pace is spent by it. Nothing that is paused, stopped or not official now is claimed: all of it
-- is read by this very statement. The sender's row is locked first, then its portfolio's, so that hosts share them;
-- where nothing is due, nothing is locked. One row comes back without a notice when none was claimed; `again_s`: it is
-- the pace that holds more back, until then.
-- $1 limit, $2 lease seconds, $3 worker, $4 cells, $5 channel, $6 sender, $7 the sender's canonical name.
with asked as (
    select
        -- In the index's own order: a plan made while everything waited must not read the whole table later.
        coalesce((
            select n.due_at <= now() from notice n where n.step = 'dispatch' and n.channel = $5
            order by n.due_at limit 1), false)
        and not exists (
            select from pause p where p.resumed_at is null
                and (p.level = 'everything' or (p.level = 'channel' and p.key = $5) or (p.level = 'sender' and p.key = $6)))
        and exists (
            select from official_sender o where o.channel = $5 and o.sender = $7
                and o.valid_from <= now() and (o.valid_to is null or o.valid_to > now()))
        as may
), account as (
    select s.stopped, s.rate, s.pair_s, s.portfolio, s.rest_until, s.probe_calls, s.probe_wait_s, clock_timestamp() as at,
        coalesce(s.pair_s * (s.pair_burst - 1), 0) as pair_slack_s,
        -- Without a rate no tokens: least() would take the burst for them.
        case when s.rate is not null then
            least(s.burst, s.tokens + s.rate * greatest(extract(epoch from clock_timestamp() - s.filled_at), 0))
        end as tokens
    from sender_state s, asked
    where s.channel = $5 and s.sender = $6 and asked.may
    for update of s
), house as (
    select p.portfolio, p.daily_limit, t.hour,
        (array_fill(0, array[least(greatest(t.hour - p.hour, 0), 25)::int]) || p.users)[1:25] as users
    from portfolio p, (select floor(extract(epoch from now()) / 3600)::bigint as hour) as t
    where p.portfolio = (select portfolio from account) and p.daily_limit is not null
    for update of p
), allowance as (
    select a.at, a.rate, a.tokens, a.pair_s, a.rest_until, coalesce(a.pair_slack_s, 0) as pair_slack_s,
        a.rest_until is not null as probe,
        case when not asked.may or a.stopped or a.rest_until > a.at then 0
            else greatest(0, least(
                $1, floor(a.tokens)::int, case when a.rest_until is not null then a.probe_calls end,
                h.daily_limit - (select sum(u) from unnest(h.users) as u)))
        end as calls
    from asked left join account a on true left join house h on true
), due as (
    select n.cell, n.notice_id, n.recipient, n.due_at from notice n
    where n.step = 'dispatch' and n.channel = $5 and n.due_at <= now() and ($4::smallint[] is null or n.cell = any($4))
        and n.attempts < 32000 -- one that is tried for ever must not overflow and stop the claim of all others
        and coalesce(n.jurisdiction, '') <> all(array(
            select p.key from pause p where p.resumed_at is null and p.level = 'jurisdiction'))
        and n.template || ':' || n.language <> all(array(
            select t.template || ':' || t.language from template_state t where t.channel = $5 and t.stopped))
        and (n.recipient is null or $5 not in ('whatsapp', 'sms') or not exists (
            select from contact_mark m
            where m.contact = n.recipient and (m.mark = 'doubtful' or $5 = 'whatsapp')))
        and (n.recipient is null or coalesce(
            (select p.free_at from pair_pace p
             where p.channel = $5 and p.sender = $6 and p.recipient = n.recipient),
            '-infinity') <= now() + make_interval(secs => (select pair_slack_s from allowance)))
        -- A channel whose budget is spent is left by what has another open rung; the rest goes on.
        and (not exists (select from budget_hold h where h.channel = $5) or not exists (
            select from budget_hold h, jsonb_array_elements(n.plan) with ordinality as r(rung, place)
            where h.channel = $5 and r.place - 1 > n.rung and r.rung ->> 'channel' = any(h.open_channels)))
    order by n.due_at
    limit (select calls from allowance)
    for update of n skip locked
), placed as (
    select d.*, row_number() over (partition by d.recipient order by d.due_at, d.notice_id) as place from due d
), paired as (
    insert into pair_pace as p (channel, sender, recipient, free_at)
    select $5, $6, d.recipient, now() + make_interval(secs => a.pair_s)
    from placed d, allowance a where d.recipient is not null and d.place = 1 and a.pair_s is not null
    on conflict (channel, sender, recipient) do update
    set free_at = greatest(p.free_at, now()) + (excluded.free_at - now())
    where p.free_at <= now() + make_interval(secs => (select pair_slack_s from allowance))
    returning recipient
), claimed as (
    update notice n
    set state = 'sending', step = 'sending', attempts = n.attempts + 1, rung_tries = n.rung_tries + 1,
        due_at = now() + make_interval(secs => $2), leased_by = $3, version = n.version + 1
    from placed d
    where n.cell = d.cell and n.notice_id = d.notice_id
        and (d.recipient is null or (select pair_s from allowance) is null
            or (d.place = 1 and d.recipient in (select recipient from paired)))
    returning n.cell, n.notice_id, n.case_id, n.template, n.language, n.content, n.picture, n.attempts,
        n.plan, n.rung, n.rung_tries, coalesce(n.jurisdiction, '') as jurisdiction,
        (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone
), intended as (
    insert into attempt (cell, notice_id, channel, attempt, sender, intended_at, state)
    select cell, notice_id, $5, attempts, $6, now(), 'intended' from claimed
), taken as (
    select count(*) as calls, count(*) filter (where rung_tries = 1) as people from claimed
), spent as (
    update sender_state s
    set tokens = coalesce(a.tokens - t.calls, 0), filled_at = a.at,
        rest_until = case when a.rest_until is null then s.rest_until
            else a.at + make_interval(secs => s.probe_wait_s) end
    from account a, taken t
    where s.channel = $5 and s.sender = $6 and t.calls > 0 and (a.rate is not null or a.rest_until is not null)
), counted as (
    update portfolio p set users = (h.users[1] + t.people::int) || h.users[2:25], hour = h.hour
    from house h, taken t
    where p.portfolio = h.portfolio and t.people > 0
)
select a.probe, c.*,
    case
        when a.rest_until > a.at then extract(epoch from a.rest_until - a.at)
        when a.tokens - t.calls < 1 then greatest((1 - (a.tokens - t.calls)) / a.rate, 0.1)
        when t.calls = 0 and a.calls > 0 and a.pair_s is not null then (
            select extract(epoch from min(p.free_at) - now()) - a.pair_slack_s
            from notice n join pair_pace p on p.channel = $5 and p.sender = $6 and p.recipient = n.recipient
            where n.step = 'dispatch' and n.channel = $5 and n.due_at <= now())
    end::float8 as again_s
from allowance a cross join taken t left join claimed c on true

-- name: late_sends
-- A lease ended over a committed intent: nobody knows whether the provider took it.
select n.cell, n.notice_id, n.case_id from notice n where n.step = 'sending' and n.due_at <= now()
order by n.cell, n.notice_id limit 500
for update skip locked

-- name: expire_sends
-- $3: proof is waited for this long instead of the rung's time.
with marked as (
    update notice n
    set state = 'unknown', step = 'settle', leased_by = null,
        due_at = now() + make_interval(secs => coalesce($3::float8, (n.plan -> n.rung ->> 'within_s')::float8, 1800)),
        version = n.version + 1
    from unnest($1::smallint[], $2::bigint[]) as late(cell, notice_id)
    where n.cell = late.cell and n.notice_id = late.notice_id
    returning n.cell, n.notice_id, n.channel, n.attempts, n.case_id
)
update attempt a
set state = 'unknown', action = 'wait', detail = 'no answer before the lease ended'
from marked m
where a.cell = m.cell and a.notice_id = m.notice_id and a.channel = m.channel and a.attempt = m.attempts
    and a.state = 'intended'

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
-- What an earlier rung delivered stays delivered, though the later one failed. `leads`: the case hangs on this notice, its newest confirmation.
update notice n
set state = case when o.state = 'failed' and n.delivered_at is not null then 'delivered' else o.state end, step = o.step, due_at = o.due_at, leased_by = null, version = n.version + 1,
    handed_over_at = coalesce(n.handed_over_at, case when o.state = 'accepted' then o.at end),
    rung = coalesce(o.rung, n.rung), channel = coalesce(o.channel, n.channel),
    rung_tries = case when o.rung is null then n.rung_tries - o.uncounted else 0 end,
    hand_over_by = case when o.rung is null then n.hand_over_by
        else o.due_at + make_interval(secs => (n.plan -> o.rung ->> 'hand_over_s')::float8) end
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

-- name: due_to_settle
-- Sends whose proof did not come in time. `case_state` says whether the next rung is still worth trying; null: it is
-- another party's turn.
select n.cell, n.notice_id, n.case_id, n.purpose, n.state, n.channel, n.plan, n.rung, n.delivered_at,
    (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone,
    (select c.state from case_file c
     where c.cell = n.cell and c.case_id = n.case_id
        and (c.party_id = n.party_id or n.purpose not in ('confirmation', 'reminder', 'code'))) as case_state,
    (n.purpose = 'confirmation' and not exists (
        select from notice b
        where b.cell = n.cell and b.case_id = n.case_id and b.purpose = n.purpose
            and (b.created_at, b.notice_id) > (n.created_at, n.notice_id))) as leads
from notice n
where n.step = 'settle' and n.due_at <= now()
order by n.due_at limit $1
for update skip locked

-- name: park_notices
-- What an earlier rung delivered stays delivered, though nobody read it.
update notice n
set state = case when n.delivered_at is not null then 'delivered' when n.state = 'unknown' then 'unsettled'
        else n.state end,
    step = null, due_at = null, version = n.version + 1
from unnest($1::smallint[], $2::bigint[]) as o(cell, notice_id)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: descend_notices
-- To another rung; what was sent on this one is never sent here again.
update notice n set state = 'queued', step = 'dispatch', due_at = o.due_at, channel = o.channel, rung = o.rung,
    rung_tries = 0, tries = 0, leased_by = null, version = n.version + 1,
    hand_over_by = o.due_at + make_interval(secs => (n.plan -> o.rung ->> 'hand_over_s')::float8)
from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::timestamptz[])
    as o(cell, notice_id, rung, channel, due_at)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: waiting_on_paused
-- Notices that wait for a paused channel ($1) though a later rung of theirs is open ($2), unless all of them wait.
-- Channel by channel, in the index's own order: a set is found without reading the whole queue.
select l.* from unnest($1::text[]) as w(channel)
cross join lateral (
    select n.cell, n.notice_id, n.case_id, n.channel, n.plan, n.rung,
        (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone
    from notice n
    where n.step = 'dispatch' and n.channel = w.channel
        and (n.tries = 0 or n.due_at <= now()) -- one that could not be moved rests
        and exists (
            select from jsonb_array_elements(n.plan) with ordinality as r(rung, place)
            where r.place - 1 > n.rung and r.rung ->> 'channel' = any($2::text[]))
        and coalesce(n.jurisdiction, '') <> all(array(
            select p.key from pause p where p.resumed_at is null and p.level = 'jurisdiction'))
    order by n.due_at limit $3
    for update of n skip locked) as l

-- name: lock_cases
select c.cell, c.case_id, c.version, c.reference, c.jurisdiction, c.state, c.plate, c.claimed_plate,
    c.offences, c.occurred_at, c.received_at, c.camera, c.vehicle_kind, c.party_id, c.delivered_at,
    c.confirm_by, c.pay_by, c.step, c.tries
from case_file c
join (select distinct * from unnest($1::smallint[], $2::bigint[]) as t(cell, case_id)) w using (cell, case_id)
order by c.cell, c.case_id
for update of c
