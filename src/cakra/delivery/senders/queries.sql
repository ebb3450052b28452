-- name: open_sender
-- A worker's settings hold for all hosts; tokens that are there stay, a new sender begins with its burst.
insert into sender_state (channel, sender, rate, burst, tokens, pair_s, pair_burst, portfolio, probe_calls, probe_wait_s)
values ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9)
on conflict (channel, sender) do update
set rate = excluded.rate, burst = excluded.burst, pair_s = excluded.pair_s, pair_burst = excluded.pair_burst,
    portfolio = excluded.portfolio, probe_calls = excluded.probe_calls, probe_wait_s = excluded.probe_wait_s,
    tokens = case when sender_state.rate is null then excluded.burst else least(sender_state.tokens, excluded.burst) end

-- name: open_portfolio
insert into portfolio (portfolio, daily_limit, hour) values ($1, $2, floor(extract(epoch from now()) / 3600))
on conflict (portfolio) do update set daily_limit = excluded.daily_limit

-- name: stop_sender
insert into sender_state (channel, sender, stopped, reason, since) values ($1, $2, true, $3, now())
on conflict (channel, sender) do update set stopped = true, reason = excluded.reason, since = now()
where not sender_state.stopped
returning sender

-- name: release_sender
update sender_state set stopped = false, reason = $3, since = now(), rest_until = null, opened_at = now()
where channel = $1 and sender = $2 and stopped
returning sender

-- name: due_after_release
-- What the stopped sender was refused is first again.
with held as materialized (
    select n.cell, n.notice_id from notice n
    join attempt a on a.cell = n.cell and a.notice_id = n.notice_id and a.channel = n.channel and a.attempt = n.attempts
    where n.step = 'dispatch' and n.channel = $1 and n.due_at > now()
        and a.sender = $2 and a.action = 'stop_sender'
    order by n.cell, n.notice_id
    for update of n
)
update notice n set due_at = now()
from held h where n.cell = h.cell and n.notice_id = h.notice_id

-- name: senders
-- $1, $2: channel and name of each sender in use; one that never worked here is listed too.
select w.channel, w.sender, coalesce(s.stopped, false) as stopped, s.reason, coalesce(s.since, now()) as since, s.rate,
    case when s.rate is not null then
        least(s.burst, s.tokens + s.rate * greatest(extract(epoch from now() - s.filled_at), 0))
    end as tokens, s.rest_until,
    coalesce(s.rests, 0) as rests,
    (select count(*) from notice n where n.step = 'dispatch' and n.channel = w.channel) as waiting,
    exists (
        select from pause p where p.resumed_at is null and (p.level = 'everything'
            or (p.level = 'channel' and p.key = w.channel) or (p.level = 'sender' and p.key = w.sender))) as paused
from (
    select channel, sender from sender_state
    union select * from unnest($1::text[], $2::text[])) as w(channel, sender)
left join sender_state s on s.channel = w.channel and s.sender = w.sender
order by coalesce(s.stopped, false) desc, w.channel, w.sender

-- name: official_now
select channel, sender from official_sender where valid_from <= now() and (valid_to is null or valid_to > now())

-- name: sender_events
select at, channel, sender, told, facts::text from sender_event order by at desc limit $1

-- name: note_sender
insert into sender_event (event_id, at, channel, sender, told, facts) values ($1, $2, $3, $4, $5, $6)

-- name: lock_health
select channel, sender, rest_until, rests, opened_at from sender_state where channel = $1 and sender = $2 for update

-- name: rest_sender
update sender_state set rest_until = $3, rests = $4 where channel = $1 and sender = $2

-- name: open_again
update sender_state set rest_until = null, opened_at = $3 where channel = $1 and sender = $2

-- name: empty_bucket
-- One token is there again after $3 seconds; null when it was emptied just now, or has no rate.
update sender_state set tokens = 1 - rate * $3::float8, filled_at = now()
where channel = $1 and sender = $2
    and tokens + rate * greatest(extract(epoch from now() - filled_at), 0) > 1 - rate * $3::float8 / 2
returning sender

-- name: hold_pairs
insert into pair_pace as p (channel, sender, recipient, free_at)
select distinct on (n.recipient) $1, $2, n.recipient, now() + make_interval(secs => $5::float8 + coalesce(
    (select s.pair_s * (s.pair_burst - 1) from sender_state s where s.channel = $1 and s.sender = $2), 0))
from unnest($3::smallint[], $4::bigint[]) as o(cell, notice_id)
join notice n on n.cell = o.cell and n.notice_id = o.notice_id
where n.recipient is not null
on conflict (channel, sender, recipient) do update set free_at = greatest(p.free_at, excluded.free_at)

-- name: elsewhere
-- Whether another of the channel's senders in use ($3) is open, and whether this one has a bucket.
select
    exists(
        select from sender_state s
        where s.channel = $1 and s.sender = any($3::text[]) and not s.stopped and s.rest_until is null
            and not exists (
                select from pause p where p.resumed_at is null and p.level = 'sender' and p.key = s.sender)) as open,
    exists(select from sender_state s where s.channel = $1 and s.sender = $2 and s.rate is not null) as paced

-- name: forget_pairs
delete from pair_pace where free_at < now()

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
