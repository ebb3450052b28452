-- name: correct_costs
-- The books get the difference: a message that turned out to be free is taken out of them again.
with told as (
    select o.*, a.sender, a.intended_at, a.cost as before
    from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::bigint[], $6::boolean[])
        as o(cell, notice_id, attempt, channel, cost, billable)
    join attempt a on a.cell = o.cell and a.notice_id = o.notice_id and a.attempt = o.attempt and a.channel = o.channel
), entered as (
    insert into spending_entry (cell, channel, sender, day, kind, messages, micro_rupiah)
    select cell, channel, sender, (intended_at at time zone 'Asia/Jakarta')::date, 'case',
        count(*) filter (where before is null), sum(cost - coalesce(before, 0))
    from told where cost is distinct from before and cost is not null
    group by cell, channel, sender, 4
)
update attempt a set cost = o.cost, billable = o.billable
from told o
where a.cell = o.cell and a.notice_id = o.notice_id and a.attempt = o.attempt and a.channel = o.channel

-- name: holds_in_force
-- None while everything is paused: then notices wait where they are.
select channel, open_channels from budget_hold
where not exists (select from pause where resumed_at is null and level = 'everything')
