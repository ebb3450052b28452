-- name: late_sends
-- A lease ended over a committed intent: nobody knows whether the provider took it.
select n.cell, n.notice_id, n.case_id, n.channel, n.attempts, n.plan, n.rung from notice n where n.step = 'sending' and n.due_at <= now()
order by n.cell, n.notice_id limit 500
for update skip locked

-- name: due_to_settle
-- Sends whose proof did not come in time. `case_state` says whether the next rung is still worth trying; null: it is
-- another party's turn.
select n.cell, n.notice_id, n.case_id, n.purpose, n.state, n.channel, n.plan, n.rung, n.delivered_at,
    (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone,
    (select c.state from case_file c
     where c.cell = n.cell and c.case_id = n.case_id
        and (c.party_id = n.party_id or n.purpose not in ('confirmation', 'reminder', 'code'))) as case_state
from notice n
where n.step = 'settle' and n.due_at <= now()
order by n.due_at limit $1
for update skip locked

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

-- name: any_late
-- Cheap, for it is asked at every sweep: the queues of these channels ($1) in the index's own order. While everything
-- is paused nothing is late.
select exists(
        select from unnest($1::text[]) as w(channel)
        cross join lateral (
            select from notice n
            -- One that waits for another try is late too; no pause is longer.
            where n.step = 'dispatch' and n.channel = w.channel and n.due_at <= now() + interval '5 minutes'
                and n.hand_over_by <= now() and (n.tries = 0 or n.due_at <= now())
            order by n.due_at limit 1) as late)
    and not exists (select from pause p where p.resumed_at is null and p.level = 'everything')

-- name: conditions
-- $1 channels, $2 senders, $3 their canonical names: which of these in use may claim. One that rests is closed until
-- its trial went well.
select w.channel, s.portfolio,
    coalesce(s.stopped, false) or s.rest_until is not null
    or exists (select from pause p where p.resumed_at is null and p.level = 'sender' and p.key = w.sender)
    or not exists (
        select from official_sender o where o.channel = w.channel and o.sender = w.official
            and o.valid_from <= now() and (o.valid_to is null or o.valid_to > now())) as closed
from unnest($1::text[], $2::text[], $3::text[]) as w(channel, sender, official)
left join sender_state s on s.channel = w.channel and s.sender = w.sender

-- name: late_notices
-- $1 channels without an open sender, $2 channels with one. On a channel that works only what need not go by post.
-- What waits on a channel that is paused has its own way; so has what a full portfolio takes again ($4) within the
-- time its rung waits for proof. Channel by channel, in the index's own order, each up to $3.
select l.* from unnest($1::text[] || $2::text[]) as w(channel)
cross join lateral (
    select n.cell, n.notice_id, n.case_id, n.channel, n.plan, n.rung,
        (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone
    from notice n
    where n.step = 'dispatch' and n.channel = w.channel and n.due_at <= now() + interval '5 minutes'
        and n.hand_over_by <= now()
        and exists (
            select from jsonb_array_elements(n.plan) with ordinality as r(rung, place)
            where r.place - 1 > n.rung and r.rung ->> 'channel' = any($2::text[])
                and (w.channel = any($1::text[]) or r.rung ->> 'channel' <> 'letter'))
        and coalesce(n.jurisdiction, '') <> all(array(
            select p.key from pause p where p.resumed_at is null and p.level = 'jurisdiction'))
        -- What had to wait for a resume has its whole time from then on, or every pause would empty the channel.
        and coalesce((
            select max(p.resumed_at) from pause p
            where p.level = 'everything' or (p.level = 'channel' and p.key = n.channel)
                or (p.level = 'jurisdiction' and p.key = n.jurisdiction)), '-infinity')
            <= now() - make_interval(secs => coalesce((n.plan -> n.rung ->> 'hand_over_s')::float8, 0))
        and not ($4::timestamptz <= now() + make_interval(secs => (n.plan -> n.rung ->> 'within_s')::float8)
            and exists (
                select from sender_state s join portfolio p on p.portfolio = s.portfolio
                where s.channel = n.channel and p.full_since is not null)) is true
    order by n.due_at limit $3
    for update of n skip locked) as l
where w.channel <> all(array(select p.key from pause p where p.resumed_at is null and p.level = 'channel'))

-- name: full_portfolios
-- Those without people left, one of their senders, and when the oldest full hour falls out of the count.
select p.portfolio, p.daily_limit, p.full_since, s.channel, s.sender,
    to_timestamp((t.hour + 1 + coalesce(
        (select 25 - max(place) from unnest(u.users) with ordinality as x(people, place) where people > 0), 0)) * 3600)
        as frees_at
from portfolio p
cross join (select floor(extract(epoch from now()) / 3600)::bigint as hour) as t
cross join lateral (
    select (array_fill(0, array[least(greatest(t.hour - p.hour, 0), 25)::int]) || p.users)[1:25] as users) as u
left join lateral (
    select s.channel, s.sender from sender_state s where s.portfolio = p.portfolio order by 1, 2 limit 1) as s on true
where p.daily_limit <= (select sum(x) from unnest(u.users) as x)

-- name: portfolio_told
update portfolio set full_since = now() where portfolio = $1

-- name: portfolios_free
update portfolio set full_since = null where full_since is not null and portfolio <> all($1::text[])
