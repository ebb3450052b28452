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
), portfolio_now as (
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
    from asked left join account a on true left join portfolio_now h on true
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
    set previous_state = n.state, state = 'sending', step = 'sending', attempts = n.attempts + 1, rung_tries = n.rung_tries + 1,
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
    from portfolio_now h, taken t
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
