-- name: lock_party
-- Codes of one party are asked for one after the other. $1 cell, $2 case, $3 party.
select p.contact, c.jurisdiction, coalesce(j.name, '') as office
from party p
join case_file c on c.cell = p.cell and c.case_id = p.case_id
left join jurisdiction j on j.code = c.jurisdiction
where p.cell = $1 and p.case_id = $2 and p.party_id = $3
for no key update of p

-- name: standing
-- $1 cell, $2 case, $3 party, $4 channel, $5 its senders in use, $6 their canonical names, $7 jurisdiction,
-- $8 blind index of the phone, $9 and $10 since when lately and today are, $11 registered text, $12 its language.
with official as (
    select w.name from unnest($5::text[], $6::text[]) as w(name, key)
    where exists (
        select from official_sender o where o.channel = $4 and o.sender = w.key
            and o.valid_from <= now() and (o.valid_to is null or o.valid_to > now()))
)
select
    exists (select from official) as official,
    exists (
        select from official f
        where not exists (select from sender_state s where s.channel = $4 and s.sender = f.name and s.stopped)
            and not exists (
                select from pause p where p.resumed_at is null and p.level = 'sender' and p.key = f.name))
    and not exists (
        select from pause p where p.resumed_at is null
            and (p.level = 'everything' or (p.level = 'channel' and p.key = $4)
                or (p.level = 'jurisdiction' and p.key = $7)))
    and not exists (
        select from template_state t
        where t.channel = $4 and t.template = $11 and t.language = $12 and t.stopped) as open,
    $4 in ('whatsapp', 'sms') and exists (
        select from contact_mark m
        where m.contact = $8 and (m.mark = 'doubtful' or $4 = 'whatsapp')) as marked,
    (select count(*) from one_time_code o
     where o.cell = $1 and o.case_id = $2 and o.party_id = $3 and o.asked_at > $9) as lately,
    (select count(*) from one_time_code o
     where o.cell = $1 and o.case_id = $2 and o.party_id = $3 and o.asked_at > $10) as today

-- name: end_earlier
-- One that is being handed over goes on; nothing opens with it any more.
update one_time_code
set ended_at = $5, content = null, step = case when step = 'sending' then step end,
    state = case when step = 'send' then 'expired' else state end
where cell = $1 and case_id = $2 and party_id = $3 and for_what = $4 and ended_at is null

-- name: keep_code
insert into one_time_code (cell, case_id, code_id, party_id, for_what, channel, language, jurisdiction, recipient, hash,
    content, asked_at, expires_at, step, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'send', $12)

-- name: count_try
-- The try is counted before it is judged, and the row stays locked until it is: tries at once wait for each other.
-- Where no code lives any more the newest one counts all the same, so that every wrong answer takes its time.
update one_time_code o set tries = least(o.tries + 1, 1000)
from (
    select code_id from one_time_code
    where cell = $1 and case_id = $2 and party_id = $3 and for_what = $4
    order by asked_at desc, code_id desc limit 1
    for update
) as newest
where o.cell = $1 and o.code_id = newest.code_id
returning o.code_id, o.channel, o.hash, o.tries, o.used_at is null and o.ended_at is null and o.expires_at > $5 as lives

-- name: use_code
update one_time_code set used_at = $3 where cell = $1 and code_id = $2

-- name: claim_codes
-- Due codes of one sender are claimed and their intents committed before any call. Pauses, the sender's stop and rest,
-- whether it is official and whether its text may be sent are read by this very statement. The sender's row is locked
-- first, as the claim of notices does; codes do not wait for its tokens, they take them from what waits.
-- $1 limit, $2 lease seconds, $3 worker, $4 channel, $5 sender, $6 its canonical name, $7 registered text.
with asked as (
    select exists (select from one_time_code o where o.step = 'send' and o.due_at <= now() and o.channel = $4)
        and not exists (
            select from pause p where p.resumed_at is null
                and (p.level = 'everything' or (p.level = 'channel' and p.key = $4) or (p.level = 'sender' and p.key = $5)))
        and exists (
            select from official_sender o where o.channel = $4 and o.sender = $6
                and o.valid_from <= now() and (o.valid_to is null or o.valid_to > now())) as may
), account as (
    select s.stopped or coalesce(s.rest_until > now(), false) as closed, s.pair_s, coalesce(s.pair_s * (s.pair_burst - 1), 0) as slack_s
    from sender_state s, asked where s.channel = $4 and s.sender = $5 and asked.may
    for update of s
), due as (
    select o.cell, o.code_id, o.recipient, o.due_at from one_time_code o
    where o.step = 'send' and o.channel = $4 and o.due_at <= now() and o.expires_at > now()
        and o.jurisdiction <> all(array(
            select p.key from pause p where p.resumed_at is null and p.level = 'jurisdiction'))
        and not exists (
            select from template_state t
            where t.channel = $4 and t.template = $7 and t.language = o.language and t.stopped)
        and (o.recipient is null or not exists (
            select from pair_pace p
            where p.channel = $4 and p.sender = $5 and p.recipient = o.recipient
                and p.free_at > now() + make_interval(secs => (select slack_s from account))))
    order by o.due_at
    limit coalesce((select case when closed then 0 else $1 end from account), 0)
    for update of o skip locked
), placed as (
    select d.*, row_number() over (partition by coalesce(d.recipient, d.code_id::text::bytea) order by d.due_at, d.code_id) as place
    from due d
), taken as (
    select p.* from placed p, account a where p.place = 1 or a.pair_s is null
), paired as (
    insert into pair_pace as p (channel, sender, recipient, free_at)
    select $4, $5, t.recipient, now() + make_interval(secs => a.pair_s)
    from taken t, account a where t.recipient is not null and a.pair_s is not null
    on conflict (channel, sender, recipient) do update
    set free_at = greatest(p.free_at, now()) + (excluded.free_at - now())
), spent as (
    update sender_state s set tokens = s.tokens - (select count(*) from taken)
    where s.channel = $4 and s.sender = $5 and s.rate is not null and exists (select from taken)
)
update one_time_code o
set state = 'sending', step = 'sending', calls = o.calls + 1, intended_at = now(), sender = $5, leased_by = $3,
    due_at = now() + make_interval(secs => $2)
from taken t, account a
where not a.closed and o.cell = t.cell and o.code_id = t.code_id
returning o.cell, o.case_id, o.code_id, o.language, o.jurisdiction, o.content, o.calls

-- name: record_code
-- Only the call that the row waits for is recorded. In this very statement the content goes, unless it is to be tried
-- again while its code lives ($5, when); with it the books get what it costs.
with told as (
    select o.*, o.cost is null and $9::bigint is not null as first_charged from one_time_code o
    where o.cell = $1 and o.code_id = $2 and o.state = 'sending' and o.calls = $3
    for update
), entered as (
    insert into spending_entry (cell, channel, sender, day, kind, messages, micro_rupiah)
    select cell, channel, sender, (intended_at at time zone 'Asia/Jakarta')::date, 'case', 1, $9::bigint
    from told where first_charged
)
update one_time_code o
set state = case when a.again then 'queued' when $4 = 'queued' then 'expired' else $4 end,
    step = case when a.again then 'send' end, due_at = case when a.again then $5::timestamptz end,
    content = case when a.again then o.content end, calls = o.calls - case when $10 then 1 else 0 end,
    provider_id = $6, provider_code = $7, answered_at = $8, cost = coalesce(o.cost, $9::bigint), leased_by = null
from told t,
    lateral (select $4 = 'queued' and t.ended_at is null and $5::timestamptz < t.expires_at as again) as a
where o.cell = t.cell and o.code_id = t.code_id
returning o.state

-- name: expire_codes
-- A lease that ended over a committed intent: nobody knows, and nothing is sent again. A code that did not leave while
-- it lived: too late. Either way what it says goes.
update one_time_code
set state = case when step = 'sending' then 'unknown' else 'expired' end, step = null, leased_by = null, content = null
where (step = 'sending' and due_at <= now()) or (step = 'send' and expires_at <= now())
returning cell, case_id, channel, state

-- name: prove_code
-- Proof only moves forward; a receipt that comes before the answer shows that the message left.
-- $4 proof, $5 when it came, $6 provider id, $7 code, $8 billable, $9 what one costs, $10 whether a failed one is free.
with told as (
    select cell, code_id, sender, state, intended_at, cost as before,
        case when $8::boolean is false or ($10 and $4 = 'failed') then 0 else coalesce(cost, $9::bigint) end as after
    from one_time_code
    where cell = $1 and code_id = $2 and channel = $3 and intended_at is not null
        and coalesce(array_position(array['sent', 'failed', 'delivered', 'read', 'returned'], proof), 0)
            < array_position(array['sent', 'failed', 'delivered', 'read', 'returned'], $4)
    for update
), entered as (
    insert into spending_entry (cell, channel, sender, day, kind, messages, micro_rupiah)
    select cell, $3, sender, (intended_at at time zone 'Asia/Jakarta')::date, 'case',
        case when before is null then 1 else 0 end, after - coalesce(before, 0)
    from told where after is distinct from before
)
update one_time_code o
set proof = $4, proof_at = $5, provider_id = coalesce(o.provider_id, $6), cost = t.after,
    provider_code = case when $4 = 'failed' then $7 else o.provider_code end,
    state = case when o.state in ('sending', 'unknown') or $4 <> 'failed' then 'accepted' else o.state end,
    step = case when o.state = 'queued' and $4 = 'failed' then o.step end,
    content = case when o.state = 'queued' and $4 = 'failed' then o.content end
from told t
where o.cell = t.cell and o.code_id = t.code_id
returning o.sender, o.case_id, o.state = 'accepted' and t.state <> 'accepted' as left_now

-- name: forget_codes
-- By their place: a plan for any limit would join the whole table. A row that changes meanwhile is left to the next look.
delete from one_time_code
where ctid = any(array(select o.ctid from one_time_code o where o.expires_at <= $1 and o.step is null limit $2))
returning code_id
