-- name: count_attempts
-- One attempt under several subjects at once, in one fixed order. The count need not survive a crash.
with quick as (select set_config('synchronous_commit', 'off', true))
insert into attempt_limit (scope, subject, since, count)
select t.scope, t.subject, date_trunc('hour', $3::timestamptz), 1
from unnest($1::text[], $2::bytea[]) with ordinality as t(scope, subject, place), quick
order by t.place
on conflict (scope, subject, since) do update set count = attempt_limit.count + 1
returning scope, count

-- name: forgive_attempts
with quick as (select set_config('synchronous_commit', 'off', true))
update attempt_limit a set count = a.count - 1
from unnest($1::text[], $2::bytea[]) as t(scope, subject), quick
where a.scope = t.scope and a.subject = t.subject and a.since = date_trunc('hour', $3::timestamptz) and a.count > 0

-- name: forget_attempts
-- In pieces; counts of every door, none of which looks back further than an hour.
delete from attempt_limit
where (scope, subject, since) in (
    select scope, subject, since from attempt_limit
    where since < date_trunc('hour', $1::timestamptz) - interval '1 hour' limit $2
)
returning scope

-- name: find_contacted
-- A case is known to the portal once somebody was written to about it.
select c.cell, c.case_id, c.plate
from case_file c
where c.cell = $1 and c.reference = $2
    and exists (select from notice n where n.cell = c.cell and n.case_id = c.case_id)

-- name: chassis
select chassis_last5 from case_file where cell = $1 and case_id = $2
