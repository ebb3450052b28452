-- name: take_next
-- The oldest case nobody holds, for this officer; two officers asking at once get two cases. The oldest $6 of each
-- state and office ($7, null: all) are found without a lock, along the desk's index; of these the first that nobody
-- is taking just now.
with waiting as (
    select found.* from unnest($1::text[]) as w(state)
    cross join unnest(coalesce($7::text[], array(select code from jurisdiction))) as at(place)
    cross join lateral (
        select c.cell, c.case_id, c.state_since from case_file c
        where c.state = w.state and c.state in ('review', 'unidentified', 'undeliverable', 'answered', 'disputed')
            and c.jurisdiction = at.place and (c.state <> 'answered' or c.step is null)
            and ($2::text is null or $2 = any(c.offences))
            and (c.assigned_to is null or c.assigned_until is null or c.assigned_until <= $3 or c.assigned_to = $4)
        order by c.state_since, c.case_id
        limit $6
    ) as found
), free as (
    select c.cell, c.case_id from case_file c
    join waiting w on w.cell = c.cell and w.case_id = c.case_id
    where c.state = any($1::text[]) and (c.state <> 'answered' or c.step is null)
        and (c.assigned_to is null or c.assigned_until is null or c.assigned_until <= $3 or c.assigned_to = $4)
    order by w.state_since, w.case_id
    limit 1
    for update of c skip locked
)
update case_file c set assigned_to = $4, assigned_until = $5
from free where c.cell = free.cell and c.case_id = free.case_id
returning c.reference

-- name: take_case
-- Hold one case; $6 takes it over from another officer.
update case_file set assigned_to = $3, assigned_until = $4
where cell = $1 and case_id = $2 and state in ('review', 'unidentified', 'undeliverable', 'answered', 'disputed')
    and (state <> 'answered' or step is null)
    and ($6::boolean or assigned_to is null or assigned_to = $3 or assigned_until is null or assigned_until <= $5)
returning assigned_to

-- name: let_go
update case_file set assigned_to = null, assigned_until = null where cell = $1 and case_id = $2 and assigned_to = $3
