-- name: fold_entries
-- Entries become sums; what another worker folds right now is left to it. Rows are written in key order, so that
-- two workers never wait in a circle. $1: how many at most.
with taken as (
    delete from spending_entry e
    using (
        select cell, entry_id from spending_entry order by cell, entry_id limit $1 for update skip locked
    ) as due
    where e.cell = due.cell and e.entry_id = due.entry_id
    returning e.cell, e.channel, e.sender, e.day, e.kind, e.messages, e.micro_rupiah
), added as (
    insert into spending as s (jurisdiction, day, channel, sender, kind, messages, micro_rupiah)
    select case when t.kind = 'canary' then '' else coalesce(j.code, '') end, t.day, t.channel, t.sender, t.kind,
        sum(t.messages), sum(t.micro_rupiah)
    from taken t
    left join jurisdiction j on t.cell between j.first_cell and j.first_cell + j.cells - 1
    group by 1, 2, 3, 4, 5
    order by 2, 3, 4, 1, 5
    on conflict (day, channel, sender, jurisdiction, kind) do update
    set messages = s.messages + excluded.messages, micro_rupiah = s.micro_rupiah + excluded.micro_rupiah
)
select count(*) from taken

-- name: spent
-- What was spent from $1 to before $2: the sums, and what is not folded yet.
select jurisdiction, day, channel, sender, kind,
    sum(messages)::bigint as messages, sum(micro_rupiah)::bigint as micro_rupiah
from (
    select jurisdiction, day, channel, sender, kind, messages, micro_rupiah from spending
    union all
    select case when e.kind = 'canary' then '' else coalesce(j.code, '') end, e.day, e.channel, e.sender, e.kind,
        e.messages, e.micro_rupiah
    from spending_entry e
    left join jurisdiction j on e.cell between j.first_cell and j.first_cell + j.cells - 1
) as known
where day >= $1 and day < $2
group by 1, 2, 3, 4, 5
order by 2, 3, 4, 1, 5

-- name: budgets_in_force
-- The budget of each channel for a month: the newest of those that had begun by then.
select distinct on (channel) budget_id, channel, from_month, rupiah, policy, set_by, set_at, reason
from budget where from_month <= $1
order by channel, from_month desc, budget_id desc

-- name: all_budgets
select budget_id, channel, from_month, rupiah, policy, set_by, set_at, reason
from budget order by channel, from_month desc, budget_id desc

-- name: add_budget
insert into budget (budget_id, channel, from_month, rupiah, policy, set_by, set_at, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: raise_alarm
-- Whoever is first tells it; later ones find it told.
insert into budget_alarm (channel, month, budget_id, kind, at) values ($1, $2, $3, $4, $5)
on conflict do nothing
returning kind

-- name: hold_channel
insert into budget_hold as h (channel, month, budget_id, open_channels, since) values ($1, $2, $3, $4, $5)
on conflict (channel) do update
set month = excluded.month, budget_id = excluded.budget_id, open_channels = excluded.open_channels
where (h.month, h.budget_id, h.open_channels) is distinct from (excluded.month, excluded.budget_id, excluded.open_channels)

-- name: release_channels
-- Every hold but those of these channels.
delete from budget_hold where channel <> all($1::text[]) returning channel

-- name: holds
select channel, month, open_channels, since from budget_hold order by channel

-- name: paused_channels
select key from pause where resumed_at is null and level = 'channel'

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
