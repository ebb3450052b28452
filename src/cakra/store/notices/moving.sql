-- name: move_notices
-- A set of moves of rows that this transaction has locked. A rung: it begins there anew. What an earlier rung delivered
-- stays delivered though a later one fails, unless the move takes it back.
update notice n
set previous_state = n.state,
    state = case when o.state in ('failed', 'cancelled', 'unsettled') and n.delivered_at is not null and not o.takes_back
        then 'delivered' else o.state end,
    step = o.step, due_at = o.due_at, leased_by = null, tries = 0, version = n.version + 1,
    handed_over_at = coalesce(n.handed_over_at, o.handed_over_at),
    delivered_at = case when not o.takes_back then coalesce(n.delivered_at, o.delivered_at) end,
    rung = coalesce(o.rung, n.rung), channel = coalesce(o.channel, n.channel),
    rung_tries = case when o.rung is null then n.rung_tries - o.uncounted else 0 end,
    hand_over_by = case when o.rung is null then n.hand_over_by
        else o.due_at + make_interval(secs => (n.plan -> o.rung ->> 'hand_over_s')::float8) end
from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::smallint[], $7::text[],
            $8::smallint[], $9::timestamptz[], $10::timestamptz[], $11::boolean[])
    as o(cell, notice_id, state, step, due_at, rung, channel, uncounted, handed_over_at, delivered_at, takes_back)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: word_notices
-- A new wording is a new plan: it begins at its first rung, wherever an earlier one had come to.
update notice n
set previous_state = n.state, state = 'queued', step = 'dispatch',
    language = o.language, template = o.template, content = o.content, picture = o.picture, due_at = o.due_at,
    channel = o.channel, plan = o.plan, hand_over_by = o.hand_over_by, recipient = o.recipient,
    editions = o.editions, rung = 0, rung_tries = 0, tries = 0, leased_by = null, version = n.version + 1
from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::timestamptz[],
            $8::text[], $9::jsonb[], $10::timestamptz[], $11::bytea[], $12::text[])
    as o(cell, notice_id, language, template, content, picture, due_at, channel, plan, hand_over_by, recipient, editions)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: change_templates
-- Another text of the same meaning; one without a picture goes out without it. State and rung stay.
update notice n set template = o.template, picture = case when o.pictured then n.picture end, version = n.version + 1
from unnest($1::smallint[], $2::bigint[], $3::text[], $4::boolean[]) as o(cell, notice_id, template, pictured)
where n.cell = o.cell and n.notice_id = o.notice_id

-- name: stamp_hand_over
-- A receipt overtook the answer: the hand-over is still the moment the provider said it took the message.
update notice n set handed_over_at = o.at, version = n.version + 1
from unnest($1::smallint[], $2::bigint[], $3::timestamptz[]) as o(cell, notice_id, at)
where n.cell = o.cell and n.notice_id = o.notice_id and (n.handed_over_at is null or n.handed_over_at > o.at)

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
update notice n set due_at = now(), version = n.version + 1
from held h where n.cell = h.cell and n.notice_id = h.notice_id

-- name: find_notice_tries
select least(n.tries, 1000) from notice n where n.cell = $1 and n.notice_id = $2

-- name: put_off_notice
-- It could not be moved on from where it stands: tried again in $3 seconds.
update notice n set due_at = now() + make_interval(secs => $3), tries = least(n.tries + 1, 1000), version = n.version + 1
where n.cell = $1 and n.notice_id = $2
returning n.step, n.version

-- name: release_notice
-- One that was set aside ($4: the version that the failure left) is tried again at once.
update notice set due_at = now(), leased_by = null, tries = 0, version = version + 1
where cell = $1 and notice_id = $2 and step = $3 and version <= $4
returning notice_id

-- name: lock_unchanged
-- Whether it still is as it was read, and stays so until the transaction ends. Nobody is waited for: who holds a case
-- here would wait for who holds the notice and wants the case.
select version = $3 from notice where cell = $1 and notice_id = $2 for update skip locked

-- name: lock_unsent
-- What has not left; one that somebody else holds is passed over.
select n.cell, n.notice_id, n.case_id, n.purpose, n.number from notice n
join unnest($1::smallint[], $2::bigint[], $3::text[]) as o(cell, case_id, purpose)
    on n.cell = o.cell and n.case_id = o.case_id and n.purpose = o.purpose
where n.step in ('word', 'dispatch')
for update of n skip locked

-- name: lock_unsent_to
-- What is worded for a party and has not left; one that somebody else holds is passed over.
select n.cell, n.notice_id from notice n
where n.cell = $1 and n.case_id = $2 and n.party_id = $3 and n.step = 'dispatch'
for update of n skip locked

-- name: turn_to_whose_it_is
-- What only whose turn it is is told goes to the party whose turn it is now. The caller has locked the row.
update notice n set party_id = c.party_id, version = n.version + 1
from case_file c
where n.cell = $1 and n.notice_id = $2 and c.cell = n.cell and c.case_id = n.case_id
    and n.purpose in ('reminder', 'code') and c.party_id is not null and c.party_id <> n.party_id

-- name: leading
-- Those of these notices that their cases hang on: the newest confirmation of each.
select n.cell, n.notice_id from notice n
join unnest($1::smallint[], $2::bigint[]) as o(cell, notice_id) on n.cell = o.cell and n.notice_id = o.notice_id
where n.purpose = 'confirmation' and not exists (
    select from notice b
    where b.cell = n.cell and b.case_id = n.case_id and b.purpose = n.purpose
        and (b.created_at, b.notice_id) > (n.created_at, n.notice_id))

-- name: newest_confirmation
-- The notice an undeliverable case hangs on, and the parties whom any message may have reached.
select n.notice_id, n.version, n.state, n.step, n.channel, n.rung, n.attempts,
    (select array_agg(distinct o.party_id) from notice o
     where o.cell = $1 and o.case_id = $2
        and (o.handed_over_at is not null or o.state in ('sending', 'unknown', 'unsettled', 'held'))) as contacted
from notice n
where n.cell = $1 and n.case_id = $2 and n.purpose = 'confirmation'
order by n.created_at desc, n.notice_id desc
limit 1

-- name: states
-- Whoever moves one of these cases in this instant either is waited for or finds the notice and stops it.
select c.cell, c.case_id, c.state from case_file c
join unnest($1::smallint[], $2::bigint[]) as o(cell, case_id) using (cell, case_id)
order by c.cell, c.case_id
for share of c

-- name: settle_attempts
-- Attempts whose state is one of $5 take a word that is not the provider's own; what it said stays where $8 is null.
update attempt a
set state = $6, action = $7, code = coalesce($8, a.code), detail = $9, answered_at = coalesce($10::timestamptz, a.answered_at)
from unnest($1::smallint[], $2::bigint[], $3::text[], $4::smallint[]) as o(cell, notice_id, channel, attempt)
where a.cell = o.cell and a.notice_id = o.notice_id and a.channel = o.channel and a.attempt = o.attempt
    and a.state = any($5::text[])

-- name: wake_wording
select pg_notify('cakra_due', 'word')
