-- name: waiting_cases
-- Cases that a machine's step should have taken on long ago: those it is due for or was tried on ($1: since when).
-- Only what is on a step is in the index, and no more than $2 rows are counted.
select step, count(*) as cases, min(state_since) as since
from (
    select c.step, c.state_since from case_file c
    where c.step in ('screening', 'ownership', 'notice', 'charge') and c.state_since < $1
    limit $2
) as waiting
group by step
order by since

-- name: lost_cases
-- Cases in a machine's state without a step: nobody would ever take them on.
select count(*) as cases, min(state_since) as since
from (
    select state_since from case_file
    where step is null and state in ('received', 'validated', 'identified') and state_since < $1
    limit $2
) as lost

-- name: waiting_notices
-- Notices that have been due since before $1, while nothing is paused.
select step, count(*) as notices, min(due_at) as since
from (
    (select n.step, n.due_at from notice n where n.step = 'word' and n.due_at < $1 limit $2)
    union all
    (select n.step, n.due_at from notice n where n.step = 'dispatch' and n.due_at < $1 limit $2)
    union all
    (select n.step, n.due_at from notice n where n.step = 'sending' and n.due_at < $1 limit $2)
) as waiting
where not exists (select from pause where resumed_at is null)
group by step
order by since
