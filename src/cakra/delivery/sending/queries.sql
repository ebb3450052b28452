-- name: lock_sends
-- Answered notices in key order, as receipts lock them: notice before attempt, so that nobody waits in a circle. Only
-- one that still waits for an answer comes back, with the attempt whose answer that is.
with held as materialized (
    select n.cell, n.notice_id, n.attempts, n.state from notice n
    join unnest($1::smallint[], $2::bigint[]) as o(cell, notice_id) on n.cell = o.cell and n.notice_id = o.notice_id
    order by n.cell, n.notice_id
    for update of n
)
select cell, notice_id, attempts from held where state in ('sending', 'unknown')

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
