-- name: keep_inbound
insert into inbound
    (inbound_id, channel, message_key, sender, person, content, at, received_at, expires_at, step)
select o.inbound_id, o.channel, o.message_key, o.sender, o.person, o.content, o.at, o.received_at, o.expires_at, 'answer'
from unnest($1::bigint[], $2::text[], $3::bytea[], $4::text[], $5::bytea[], $6::bytea[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[])
    as o(inbound_id, channel, message_key, sender, person, content, at, received_at, expires_at)
on conflict (channel, message_key) do nothing

-- name: due_inbound
-- Sorted by person: two workers that count the messages of the same people never wait in a circle.
with due as (
    select i.inbound_id from inbound i where i.step = 'answer' and (i.due_at is null or i.due_at <= now())
    order by i.inbound_id limit $1
    for update skip locked
)
select i.inbound_id, i.channel, i.sender, i.person, i.content, i.at, i.received_at, i.expires_at, i.tries
from inbound i join due on i.inbound_id = due.inbound_id
order by i.person, i.inbound_id

-- name: finish_inbound
update inbound set step = null, meaning = $2, problem = $3 where inbound_id = $1

-- name: understand_again
update inbound set step = 'answer', problem = null, tries = 0, due_at = null
where channel = $1 and message_key = $2 and step is null
returning inbound_id

-- name: put_off_inbound
update inbound set tries = tries + 1, due_at = now() + make_interval(secs => $2) where inbound_id = $1

-- name: count_message
insert into attempt_limit as a (scope, subject, since, count)
values ($1, $2, date_trunc('hour', $3::timestamptz), 1)
on conflict (scope, subject, since) do update set count = a.count + 1
returning count

-- name: forgive_message
update attempt_limit a set count = a.count - 1
where a.scope = $1 and a.subject = $2 and a.since = date_trunc('hour', $3::timestamptz) and a.count > 0

-- name: find_sent
-- What was handed over under any of some references, oldest first; the content says to whom.
select n.notice_id, n.content, a.channel, coalesce(a.answered_at, a.proof_at, a.intended_at) as at,
    coalesce(j.zone, 'Asia/Jakarta') as zone, j.name as agency, r.reference,
    r.closed_at is not null as closed
from unnest($1::smallint[], $2::text[]) as w(cell, reference)
cross join lateral (
    select o.* from reference o where o.cell = w.cell and o.reference = w.reference limit 1
) r
join case_file c on c.cell = r.cell and c.case_id = r.case_id
join notice n on n.cell = r.cell and n.case_id = r.case_id and n.party_id = r.party_id
join attempt a on a.cell = n.cell and a.notice_id = n.notice_id
left join jurisdiction j on j.code = c.jurisdiction
where (a.state = 'accepted' or a.proof in ('sent', 'delivered', 'read', 'returned'))
order by a.intended_at

-- name: _message
select a.cell, a.notice_id, a.provider_id, n.content, n.language, n.case_id, r.reference, j.name as agency
from attempt a
join notice n on n.cell = a.cell and n.notice_id = a.notice_id
join case_file c on c.cell = n.cell and c.case_id = n.case_id
join lateral (
    select o.reference from reference o where o.cell = n.cell and o.case_id = n.case_id and o.party_id = n.party_id
    order by o.closed_at is not null, o.opened_at desc limit 1
) r on true
left join jurisdiction j on j.code = c.jurisdiction

-- name: find_tapped
{_message}
where a.cell = $1 and a.notice_id = $2 and a.attempt = $3 and a.channel = $4

-- name: find_quoted
-- Our message with the number ($2) that the provider gave it on a channel ($1).
{_message}
where a.channel = $1 and a.provider_id = $2
order by a.intended_at desc limit 1

-- name: was_denied
select exists (
    select from case_event e where e.cell = $1 and e.case_id = $2 and e.told = 'recipient_denied')

-- name: mark_contact
insert into contact_mark (contact, mark, since) values ($1, $2, $3) on conflict do nothing

-- name: clear_opt_out
delete from contact_mark where contact = $1 and mark = 'opted_out'

-- name: queue_reply
-- At most one answer a message; of some kinds at most one a day and person.
insert into reply
    (reply_id, inbound_id, channel, sender, person, kind, once_on, content, window_until, step, due_at, created_at,
     expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'send', $10, $10, $11)
on conflict do nothing
returning reply_id

-- name: claim_replies
-- Due answers of one sender are claimed and their intents committed before any call. The pauses and the sender's stop
-- are read by this very statement; a case's jurisdiction does not matter here.
-- $1 limit, $2 lease seconds, $3 worker, $4 channel, $5 sender.
with due as (
    select r.reply_id from reply r
    where r.step = 'send' and r.channel = $4 and r.sender = $5 and r.due_at <= now() and r.window_until > now()
        and not exists (select from sender_state s where s.channel = $4 and s.sender = $5 and s.stopped)
        and not exists (
            select from pause p where p.resumed_at is null
                and (p.level = 'everything' or (p.level = 'channel' and p.key = $4) or (p.level = 'sender' and p.key = $5)))
    order by r.due_at
    limit $1
    for update skip locked
)
update reply r
set state = 'sending', step = 'sending', tries = least(r.tries + 1, 1000), intended_at = now(), leased_by = $3,
    due_at = now() + make_interval(secs => $2)
from due where r.reply_id = due.reply_id
returning r.reply_id, r.content, r.tries

-- name: record_reply
-- Only the call that the row waits for is recorded: one whose lease ended is unknown for good.
update reply set state = $2, step = $3, due_at = $4, provider_id = $5, code = $6, answered_at = $7, leased_by = null
where reply_id = $1 and state = 'sending' and tries = $8

-- name: expire_replies
-- A lease that ended over a committed intent: nobody knows, and nothing is sent again. A closed window: too late.
update reply set state = case when step = 'sending' then 'unknown' else 'expired' end, step = null, leased_by = null
where (step = 'sending' and due_at <= now()) or (step = 'send' and window_until <= now())
returning reply_id

-- name: forget_replies
-- The keys come as an array: a plan for any limit would join the whole table.
delete from reply
where reply_id = any(array(select r.reply_id from reply r where r.expires_at <= $1 and r.step is null limit $2))
returning reply_id

-- name: forget_inbound
delete from inbound
where inbound_id = any(array(select i.inbound_id from inbound i where i.expires_at <= $1 and i.step is null limit $2))
returning inbound_id
