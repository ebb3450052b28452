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
