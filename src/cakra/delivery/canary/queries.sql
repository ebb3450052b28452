-- name: take_turn
-- One worker at a time looks whether a sender's canary is due; the others leave it to that one.
select pg_try_advisory_xact_lock(hashtextextended($1, 0))

-- name: begin_canary
-- The intent, when it is time and nothing is paused or stopped. $4: seconds between two.
insert into canary (canary_id, channel, sender, at, state)
select $1, $2, $3, now(), 'intended'
where not exists (
        select from canary where channel = $2 and sender = $3 and at > now() - make_interval(secs => $4))
    and not exists (select from sender_state s where s.channel = $2 and s.sender = $3 and s.stopped)
    and not exists (
        select from pause p where p.resumed_at is null
            and (p.level = 'everything' or (p.level = 'channel' and p.key = $2) or (p.level = 'sender' and p.key = $3)))
returning canary_id

-- name: record_canary
-- The provider's word; a receipt that came first outweighs it.
with told as (
    select canary_id, channel, sender, at, cost is null and $6::bigint is not null as first_charged
    from canary where canary_id = $1
), entered as (
    insert into spending_entry (cell, channel, sender, day, kind, messages, micro_rupiah)
    select 0, channel, sender, (at at time zone 'Asia/Jakarta')::date, 'canary', 1, $6::bigint
    from told where first_charged
)
update canary c
set state = case when c.proof in ('sent', 'delivered', 'read') then 'accepted' else $2 end,
    code = case when c.proof = 'failed' then c.code else $3 end,
    provider_id = coalesce($4, c.provider_id), ms = $5, cost = coalesce(c.cost, $6::bigint)
where c.canary_id = $1

-- name: prove_canary
-- $3 proof, $4 when it came, $5 provider id, $6 code, $7 billable, $8 what one costs, $9 whether a failed one is free.
with told as (
    select canary_id, sender, at, cost as before,
        case when $7::boolean is false or ($9 and $3 = 'failed') then 0 else coalesce(cost, $8::bigint) end as after
    from canary where canary_id = $1 and channel = $2
        and coalesce(array_position(array['sent', 'failed', 'delivered', 'read', 'returned'], proof), 0)
            < array_position(array['sent', 'failed', 'delivered', 'read', 'returned'], $3)
    for update
), entered as (
    insert into spending_entry (cell, channel, sender, day, kind, messages, micro_rupiah)
    select 0, $2, sender, (at at time zone 'Asia/Jakarta')::date, 'canary',
        case when before is null then 1 else 0 end, after - coalesce(before, 0)
    from told where after is distinct from before
)
update canary c
set proof = $3, proof_at = $4, provider_id = coalesce(c.provider_id, $5), cost = t.after,
    code = case when $3 = 'failed' then $6 else c.code end,
    state = case when $3 not in ('failed', 'returned') and c.state in ('intended', 'unknown') then 'accepted'
        else c.state end,
    proof_ms = coalesce(c.proof_ms,
        case when $3 in ('delivered', 'read') then (extract(epoch from $4 - c.at) * 1000)::integer end)
from told t where c.canary_id = t.canary_id

-- name: silent_canaries
-- Refused, failed, or not proved in time; $3 whether delivery is the proof, $4 seconds it may take.
update canary c set alarmed_at = now()
where c.channel = $1 and c.sender = $2 and c.alarmed_at is null and c.state <> 'recalled'
    and c.at > now() - interval '1 day' - make_interval(secs => $4)
    and (c.state = 'refused' or c.proof in ('failed', 'returned')
        or (c.at < now() - make_interval(secs => $4)
            and not (coalesce(c.proof, '') in ('delivered', 'read') or (not $3 and c.state = 'accepted'))))
returning c.state, c.proof, c.code

-- name: newest_canaries
select distinct on (channel, sender)
    channel, sender, at, state, code, proof, ms, proof_ms, alarmed_at
from canary order by channel, sender, at desc

-- name: forget_canaries
delete from canary where channel = $1 and sender = $2 and at < now() - make_interval(days => $3)
